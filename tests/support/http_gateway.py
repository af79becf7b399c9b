"""Calls of a Lambda handler as API Gateway makes them: HTTP API, payload 2.0, one event at a time."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

from maas.domain.identity.principals import Principal, Role, scopes_of
from maas.entrypoints.http import LambdaHandler

# The five attributes of Lambda's context that Powertools reads, and the clock that the inference route reads.
CONTEXT = SimpleNamespace(
    function_name="function",
    function_version="$LATEST",
    invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:function",
    memory_limit_in_mb=512,
    aws_request_id="00000000-0000-0000-0000-000000000000",
    get_remaining_time_in_millis=lambda: 29_000,
)


def person(role: Role = Role.DEVELOPER, *, subject: str = "ada", tenant: str = "acme") -> Principal:
    return Principal(subject, tenant, frozenset({role}), scopes_of([role]))


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Gateway:
    """Calls `handler` as the principal `by`. With `by` None, requests carry no credential."""

    handler: LambdaHandler
    by: Principal | None = field(default_factory=person)

    def __call__(
        self,
        method: str,
        target: str,
        json_body: Any = None,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        if json_body is not None:
            body = json.dumps(json_body).encode()
        return invoke(self.handler, event(method, target, body=body, headers=headers or {}, by=self.by))


def invoke(handler: LambdaHandler, http_event: dict[str, Any]) -> Reply:
    answer = handler(http_event, CONTEXT)
    body = answer.get("body", "")
    text = base64.b64decode(body).decode() if answer.get("isBase64Encoded") else body
    return Reply(answer["statusCode"], answer.get("headers") or {}, text)


def event(
    method: str, target: str, *, body: bytes | None, headers: Mapping[str, str], by: Principal | None
) -> dict[str, Any]:
    parts = urlsplit(target)
    path = unquote(parts.path)  # HTTP APIs decode the path once
    sent = {"host": "api.test", **({"content-type": "application/json"} if body is not None else {}), **headers}
    found: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": parts.query,
        "headers": sent,
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
            "requestId": "gateway-request-id",
            "stage": "$default",
        },
        "isBase64Encoded": body is not None,
    }
    if body is not None:
        found["body"] = base64.b64encode(body).decode()
    if by is not None:
        found["requestContext"]["authorizer"] = {"lambda": authorized(by)}
    return found


def authorized(by: Principal) -> dict[str, str]:
    """Returns the context that the authorizer adds to a caller's event."""
    return {
        "sub": by.subject,
        "tenant": by.tenant_id,
        "roles": " ".join(sorted(by.roles)),
        "scopes": " ".join(sorted(by.scopes)),
        "credential": by.credential,
    }


def first_error(reply: Reply) -> tuple[int, str, str]:
    """The status, and field and rule of the first error of a problem."""
    assert reply.headers["content-type"] == "application/problem+json"
    first = reply.json["errors"][0]
    return reply.status, first["field"], first["rule"]
