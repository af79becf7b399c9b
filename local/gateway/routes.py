"""Finds the route of a request by API Gateway's precedence."""

import itertools
import re
from collections.abc import Sequence

from local.template.specs import RouteSpec

_LITERAL, _PARAMETER, _GREEDY = range(3)


Pattern = tuple[re.Pattern[str], RouteSpec]


class RouteTable:
    """Precedence: a literal path, parameters, a greedy parameter, `$default`; and a method before ANY."""

    def __init__(self, routes: Sequence[RouteSpec]) -> None:
        self._exact = {(route.method, route.path): route for route in routes if "{" not in route.path}
        patterned = sorted((route for route in routes if "{" in route.path), key=_rank)
        self._methods = frozenset({"ANY", *(route.method for route in patterned)})
        # Longer paths than all patterns can match a greedy parameter alone.
        self._longest = 1 + max((len(_parts(route.path)) for route in patterned), default=0)
        self._patterns = self._by_method_and_length(patterned)
        self._default = next((route for route in routes if route.path == "$default"), None)

    def match(self, method: str, path: str) -> tuple[RouteSpec, dict[str, str]] | None:
        """Returns the route and its path parameters, or None."""
        exact = self._exact.get((method, path)) or self._exact.get(("ANY", path))
        if exact is not None:
            return exact, {}
        known = method if method in self._methods else "ANY"
        for pattern, route in self._patterns[known, min(path.count("/"), self._longest)]:
            if found := pattern.fullmatch(path):
                return route, found.groupdict()
        return (self._default, {}) if self._default else None

    def _by_method_and_length(self, ranked: Sequence[RouteSpec]) -> dict[tuple[str, int], list[Pattern]]:
        """The patterns that can match a request of a method with a number of parts, in their order."""
        keys = itertools.product(self._methods, range(self._longest + 1))
        found: dict[tuple[str, int], list[Pattern]] = {key: [] for key in keys}
        for route in ranked:
            pattern, length = _pattern(route.path), len(_parts(route.path))
            for method, count in found:
                if route.method in (method, "ANY") and (count == length or ("+}" in route.path and count > length)):
                    found[method, count].append((pattern, route))
        return found


def _rank(route: RouteSpec) -> tuple[list[int], bool]:
    kinds = [_GREEDY if part.endswith("+}") else _PARAMETER if "{" in part else _LITERAL for part in _parts(route.path)]
    return kinds, route.method == "ANY"


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")


def _pattern(path: str) -> re.Pattern[str]:
    def expression(part: str) -> str:
        if not part.startswith("{"):
            return re.escape(part)
        name = part.strip("{+}")
        return f"(?P<{name}>.+)" if part.endswith("+}") else f"(?P<{name}>[^/]+)"

    return re.compile("/" + "/".join(map(expression, _parts(path))), re.DOTALL)
