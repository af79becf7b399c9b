"""Documents with generated parts, each between `<!-- NAME -->` and `<!-- end -->`."""

import re
from collections.abc import Callable, Mapping

_PART = re.compile(r"<!-- (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def rendered(text: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """The document with each part generated again. Raises KeyError for a part that is not among `parts`."""
    return _PART.sub(lambda found: f"<!-- {found[1]} -->\n{parts[found[1]]()}\n<!-- end -->", text)
