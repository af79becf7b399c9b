"""Finds the route of a request by API Gateway's precedence."""

import re
from collections.abc import Sequence

from local.template.specs import RouteSpec

_LITERAL, _PARAMETER, _GREEDY = range(3)


class RouteTable:
    """Precedence: a literal path, parameters, a greedy parameter, `$default`; and a method before ANY."""

    def __init__(self, routes: Sequence[RouteSpec]) -> None:
        self._exact = {(route.method, route.path): route for route in routes if "{" not in route.path}
        patterned = sorted((route for route in routes if "{" in route.path), key=_rank)
        self._patterns = [(_pattern(route.path), route) for route in patterned]
        self._default = next((route for route in routes if route.path == "$default"), None)

    def match(self, method: str, path: str) -> tuple[RouteSpec, dict[str, str]] | None:
        """Returns the route and its path parameters, or None."""
        exact = self._exact.get((method, path)) or self._exact.get(("ANY", path))
        if exact is not None:
            return exact, {}
        for pattern, route in self._patterns:
            if route.method in (method, "ANY") and (found := pattern.fullmatch(path)):
                return route, found.groupdict()
        return (self._default, {}) if self._default else None


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
