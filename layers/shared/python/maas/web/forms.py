"""Bodies as HTML forms send them, which OAuth requires of requests for tokens (RFC 6749, Appendix B)."""

from collections import Counter
from collections.abc import Mapping
from urllib.parse import parse_qsl

from maas.domain.errors import FieldError, InvalidInput, Rule
from maas.web.strict import shown

# Names in one body; RFC 8693 knows ten.
NAMES_MAX = 50


def form(body: bytes) -> Mapping[str, str]:
    """The values by name; empty ones are left out, because they mean the same (RFC 6749, 3.2).

    Raises:
        InvalidInput: the body is not such a form, or a name is given twice.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=NAMES_MAX)
    except ValueError:
        message = f"must be a form of at most {NAMES_MAX} values, with UTF-8 in percent-encoding"
        raise InvalidInput.of("body", Rule.INVALID, message) from None
    repeated = [FieldError(shown(name), Rule.REPEATED, "must be given once") for name in _twice(pairs)]
    if repeated:
        raise InvalidInput(f"{repeated[0].field}: {repeated[0].message}", repeated)
    return {name: value for name, value in pairs if value}


def _twice(pairs: list[tuple[str, str]]) -> list[str]:
    return [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
