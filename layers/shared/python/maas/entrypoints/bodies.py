"""Bodies as events and answers carry them: as text, or in base64.

The module for base64 is imported by the first body that needs it, because most functions never get one.
"""

import contextlib
from collections.abc import Mapping

from maas.web import problems

# Bodies of other types travel in base64, which people can't read in an event file or a log.
_TEXT = ("text/", "application/json", problems.MEDIA_TYPE)


def body_text(body: bytes, headers: Mapping[str, str]) -> tuple[str, bool]:
    """The body of an answer with these headers, and whether it is in base64, as text that is not UTF-8 is too."""
    if not body:
        return "", False
    if any(kind in headers.get("content-type", "") for kind in _TEXT):
        with contextlib.suppress(UnicodeDecodeError):
            return body.decode(), False
    import pybase64

    return pybase64.b64encode_as_string(body), True


def decoded(text: str) -> bytes:
    """The bytes of base64. Raises binascii.Error for other text."""
    import pybase64

    return pybase64.b64decode(text, validate=True)
