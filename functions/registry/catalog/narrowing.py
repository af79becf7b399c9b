"""The ranges of versions that an API key is narrowed to. Versions outside of them look absent to the key."""

from functools import lru_cache

from maas.domain.catalog.ranges import parse_range
from maas.domain.catalog.references import Reference
from maas.domain.errors import NotFound, PermissionDenied
from maas.domain.identity.principals import Principal


def is_for_version(by: Principal, model_id: str, number: str) -> bool:
    """Returns whether the caller's credential is for this version of a model that it is for."""
    range_text = by.narrowed.get(model_id, "") if by.narrowed is not None else ""
    return not range_text or _range(range_text).matches(number)


def check_version(by: Principal, model_id: str, number: str, *, field: str = "version") -> None:
    """Raises NotFound if the caller's credential is not for this version."""
    if not is_for_version(by, model_id, number):
        raise NotFound.of(field, "version", number)


def check_all_versions(by: Principal, model_id: str) -> None:
    """Raises PermissionDenied if the caller's credential is not for every version of the model."""
    if by.narrowed is not None and by.narrowed.get(model_id):
        raise PermissionDenied("the API key is for some versions of the model only")


@lru_cache(maxsize=1024)
def _range(text: str) -> Reference:
    return Reference(alternatives=parse_range(text, "models"))
