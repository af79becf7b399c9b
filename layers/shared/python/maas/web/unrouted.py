"""Answers to requests that no route of the API takes (docs/decisions/0030)."""

import functools
import re
from collections.abc import Mapping

from fastapi import Response

from maas.web.paths import METHODS
from maas.web.problems import problem

# What API Gateway writes instead of a method and a path.
ROUTE_KEY = "$default"
_PATH_SHOWN = 200
# The owner in a path of a model. Under /api/v1 something has to follow the name: `/models/{id}/x` has no owner.
_OWNER = re.compile(r"^(/v2/models/[^/]+|/api/v1/models/[^/]+(?=/[^/]+/))/")


def unrouted(method: str, path: str) -> Response:
    """404 for an unknown path; otherwise 405, or 204 for OPTIONS, with the methods in `Allow` (RFC 9110, 15.5.6)."""
    methods = _methods(path)
    if not methods:
        return unknown(path)
    allow = ", ".join((*methods, "OPTIONS"))
    if method == "OPTIONS":
        return Response(status_code=204, headers={"allow": allow})
    return problem(405, "method_not_allowed", f"{method[:32]} is not one of {allow}", headers={"allow": allow})


def unknown(path: str) -> Response:
    """404 for a path that the API does not have."""
    return problem(404, "not_found", f"there is no path {path[:_PATH_SHOWN]}{_hint(path)}")


def _hint(path: str) -> str:
    """What to do if the path would be one with `owner/name` as a single segment, which clients write as it is."""
    named = _OWNER.sub(r"\1%2F", path, count=1)
    return "; a name with a slash is escaped twice: owner%252Fname" if named != path and _methods(named) else ""


def is_shadowed(method: str, path: str) -> bool:
    """Returns whether a path with its own methods lacks this one, so that another route takes it for a parameter.

    API Gateway passes `DELETE /users/me` to the route of a user's id.
    """
    return method not in METHODS.get(path, method).split()


def _methods(path: str) -> list[str]:
    """The methods of the path, or of every route whose path matches."""
    if path in METHODS:
        return METHODS[path].split()
    found = (methods for pattern, methods in _patterns().items() if pattern.fullmatch(path))
    return list(dict.fromkeys(method for methods in found for method in methods.split()))


def _pattern(path: str) -> re.Pattern[str]:
    """A parameter matches one segment, as in API Gateway."""
    literal = (re.escape(part) if not part.startswith("{") else "[^/]+" for part in path.split("/"))
    return re.compile("/".join(literal))


@functools.cache
def _patterns() -> Mapping[re.Pattern[str], str]:
    """The methods by the pattern of their path. Most processes never need it, and it takes long to compile."""
    return {_pattern(path): methods for path, methods in METHODS.items()}
