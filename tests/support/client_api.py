"""An API in memory for tests of the client: answers by rule, and every request that it has seen."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from maas_client import AsyncClient, Retries

URL = "http://api.test"
MODEL_ID = "01a2b3c4-0000-7000-8000-000000000001"
AT = "2026-11-29T05:01:16.602769Z"
MODEL: dict[str, Any] = {
    "id": MODEL_ID,
    "name": "iris",
    "description": "",
    "framework": "onnx",
    "status": "ready",
    "tags": [],
    "metadata": {},
    "is_public": False,
    "owner_id": "o",
    "tenant_id": "t",
    "latest_version": None,
    "default_ref": "latest",
    "created_at": AT,
    "updated_at": AT,
    "revision": 3,
}
VERSION: dict[str, Any] = {
    "model_id": MODEL_ID,
    "version": "1.0.0",
    "state": "draft",
    "failure": None,
    "parent": None,
    "changelog": "",
    "metadata": {},
    "metrics": {},
    "model_card": "",
    "size": None,
    "sha256": None,
    "format": None,
    "signature": None,
    "details": None,
    "warnings": [],
    "created_by": None,
    "created_at": AT,
    "updated_at": AT,
    "published_at": None,
    "deprecated_at": None,
    "digest": None,
    "file_count": 0,
    "total_size": 0,
    "forced": None,
    "revision": 1,
}
USER: dict[str, Any] = {
    "id": "u",
    "email": "a@b.c",
    "email_verified": False,
    "name": "A",
    "tenant_id": "t",
    "organization": "O",
    "roles": [],
    "created_at": AT,
}
FAST = Retries(base=0.001, cap=0.002)

Answer = httpx2.Response | Exception


def problem(status: int, code: str, *, headers: dict[str, str] | None = None, **members: Any) -> httpx2.Response:
    """Returns a problem of the API."""
    body = {"type": "about:blank", "title": "t", "status": status, "detail": f"the detail of {code}", "code": code}
    return httpx2.Response(status, json={**body, "request_id": "r-1", **members}, headers=headers)


def page(*items: Any) -> dict[str, Any]:
    """Returns the only page of a list."""
    return {"items": [*items], "next_cursor": None, "total": len(items)}


@dataclass
class FakeApi:
    """Answers each request with what `answer` returns, and raises the errors among that."""

    answer: Callable[[httpx2.Request], Any]
    requests: list[httpx2.Request] = field(default_factory=list)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        found = self.answer(request)
        if hasattr(found, "__await__"):
            found = await found
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, httpx2.Response) else httpx2.Response(200, json=found)

    def client(self, **options: Any) -> AsyncClient:
        given = {"api_key": "maas_abc_secret", "retries": FAST, **options}
        return AsyncClient(URL, transport=httpx2.MockTransport(self), **given)

    def bodies(self) -> list[Any]:
        return [json.loads(request.content) if request.content else None for request in self.requests]


def in_order(*answers: Any) -> FakeApi:
    """Returns an API that gives these answers one after another."""
    left = iter(answers)
    return FakeApi(lambda _: next(left))
