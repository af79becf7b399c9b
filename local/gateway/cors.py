"""CORS as an HTTP API does it: preflights answered by the gateway, its headers in place of the function's."""

from collections.abc import Mapping

from local.gateway.payload import Response
from local.template.specs import CorsSpec


class Cors:
    """The API's CorsConfiguration; without one nothing is added or answered."""

    def __init__(self, spec: CorsSpec | None) -> None:
        self._spec = spec

    def preflight(self, method: str, headers: Mapping[str, str]) -> Response | None:
        """The answer to a browser's question before the request, whatever routes there are."""
        asked = method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers
        if self._spec is None or not asked:
            return None
        answer = self._origin(headers["origin"])
        if answer:
            lists = (("methods", self._spec.methods), ("headers", self._spec.headers))
            answer += [(f"access-control-allow-{name}", ",".join(values)) for name, values in lists if values]
            if self._spec.max_age is not None:
                answer.append(("access-control-max-age", str(self._spec.max_age)))
        return Response(204, answer, b"")

    def add(self, headers: Mapping[str, str], response: Response) -> Response:
        """The response with the API's CORS headers instead of any that the function set."""
        if self._spec is None:
            return response
        kept = [(name, value) for name, value in response.headers if not name.startswith("access-control-")]
        extra = self._origin(headers["origin"]) if "origin" in headers else []
        if extra and self._spec.expose:
            extra.append(("access-control-expose-headers", ",".join(self._spec.expose)))
        return Response(response.status, kept + extra, response.body)

    def _origin(self, origin: str) -> list[tuple[str, str]]:
        """The headers that open the answer to this origin; none when it is not on the list."""
        assert self._spec is not None
        any_origin = "*" in self._spec.origins
        if not any_origin and origin not in self._spec.origins:
            return []
        opened = [("access-control-allow-origin", "*" if any_origin else origin)]
        if self._spec.credentials:
            opened.append(("access-control-allow-credentials", "true"))
        return opened if any_origin else [*opened, ("vary", "origin")]
