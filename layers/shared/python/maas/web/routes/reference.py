"""Routes of the API's own document, and of the page that shows it."""

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from maas.web.compression import compressed
from maas.web.conditions import IfNoneMatch, names_tag
from maas.web.strict import StrictRoute

# Need no principal: a client reads them before it has one.
PUBLIC = frozenset({"/openapi.json", "/docs"})
# Both change with a release alone.
MAX_AGE = 300
_HEADERS: Mapping[str, str] = {"cache-control": f"public, max-age={MAX_AGE}", "x-content-type-options": "nosniff"}


class _Reference:
    def __init__(self, document: Callable[[], bytes], page: Callable[[], tuple[bytes, str]]) -> None:
        self._document = document
        self._page = page

    async def document(self, request: Request, if_none_match: IfNoneMatch = None) -> Response:
        return _answer(request, self._document(), if_none_match, {"content-type": "application/json"})

    async def page(self, request: Request, if_none_match: IfNoneMatch = None) -> Response:
        body, policy = self._page()
        headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": policy}
        return _answer(request, body, if_none_match, headers)


def _answer(request: Request, body: bytes, if_none_match: str | None, headers: Mapping[str, str]) -> Response:
    """The file; 304 if the caller has it. The tag is weak, because it is that of the compressed file too."""
    same = {**_HEADERS, "etag": _tag(body), "vary": "accept-encoding"}
    if names_tag(if_none_match, same["etag"]):
        return Response(status_code=304, headers=same)
    packed, encoding = compressed(body, request.headers.get("accept-encoding"))
    return Response(packed, headers={**headers, **same, **encoding})


@lru_cache(maxsize=2)
def _tag(body: bytes) -> str:
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


def reference_routes(document: Callable[[], bytes], page: Callable[[], tuple[bytes, str]]) -> APIRouter:
    routes = _Reference(document, page)
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route("/openapi.json", routes.document, methods=["GET"], response_model=dict)
    router.add_api_route("/docs", routes.page, methods=["GET"], response_class=HTMLResponse)
    # The answer to HEAD is that to GET: servers send its headers, with the length, and leave out the body.
    router.add_api_route("/openapi.json", routes.document, methods=["HEAD"], include_in_schema=False)
    router.add_api_route("/docs", routes.page, methods=["HEAD"], include_in_schema=False)
    return router
