"""CORS as in an HTTP API: the gateway responds to preflights, and its headers replace those of the function."""

from collections.abc import Mapping

from local.gateway.payload import Response
from local.template.specs import CorsSpec


class Cors:
    """Applies the API's CorsConfiguration; without one it does nothing."""

    def __init__(self, spec: CorsSpec | None) -> None:
        self._spec = spec

    def preflight(self, method: str, headers: Mapping[str, str]) -> Response | None:
        """Returns the response to a preflight request, for any path; None for other requests."""
        is_preflight = method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers
        if self._spec is None or not is_preflight:
            return None
        allowed = self._origin_headers(headers["origin"])
        if allowed:
            lists = (("methods", self._spec.methods), ("headers", self._spec.headers))
            allowed += [(f"access-control-allow-{name}", ",".join(values)) for name, values in lists if values]
            if self._spec.max_age is not None:
                allowed.append(("access-control-max-age", str(self._spec.max_age)))
        return Response(204, allowed, b"")

    def add(self, headers: Mapping[str, str], response: Response) -> Response:
        """Returns the response with the API's CORS headers in place of those that the function set."""
        if self._spec is None:
            return response
        kept = [(name, value) for name, value in response.headers if not name.startswith("access-control-")]
        extra = self._origin_headers(headers["origin"]) if "origin" in headers else []
        if extra and self._spec.expose:
            extra.append(("access-control-expose-headers", ",".join(self._spec.expose)))
        return Response(response.status, kept + extra, response.body)

    def _origin_headers(self, origin: str) -> list[tuple[str, str]]:
        """The headers that allow this origin to read the response; empty if the origin is not allowed."""
        assert self._spec is not None
        any_origin = "*" in self._spec.origins
        if not any_origin and origin not in self._spec.origins:
            return []
        allowed = [("access-control-allow-origin", "*" if any_origin else origin)]
        if self._spec.credentials:
            allowed.append(("access-control-allow-credentials", "true"))
        return allowed if any_origin else [*allowed, ("vary", "origin")]
