"""Headers that answers of predictions have on both protocols."""

from collections.abc import Mapping

from maas.domain.catalog.versions import Version
from maas.web.presenters.deprecation import deprecation


def result_headers(version: Version, age: int | None) -> Mapping[str, str]:
    """Whether the result was kept, for how many seconds (RFC 9111, 5.1), and whether the version is deprecated."""
    kept = {"x-cache": "miss"} if age is None else {"x-cache": "hit", "age": str(age)}
    return {**kept, **deprecation(version.deprecated_at)}
