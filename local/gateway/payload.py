"""HTTP API's payload format 2.0: requests as events, and a function's answer as a response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from local.aws_account import ACCOUNT

API_ID = "local"
_TEXT_TYPES = ("application/json", "application/javascript", "application/xml")
_TEXT_SUFFIXES = ("+json", "+xml")
_HOP_BY_HOP = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"})

Event = dict[str, Any]


class MalformedAnswer(Exception):
    """The function answered something that API Gateway can't turn into a response."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are in lower case, repeated ones joined by commas; `path` is decoded."""

    id: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    cookies: list[str]
    body: bytes
    source_ip: str
    protocol: str


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back; header names in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def request_event(request: Request, route_key: str, parameters: dict[str, str]) -> Event:
    """The event without its body (an authorizer never sees one); `body_fields` has the rest."""
    now = time.time()
    event: Event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": request.headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": request.headers.get("host", ""),
            "domainPrefix": API_ID,
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": request.headers.get("user-agent", ""),
            },
            "requestId": request.id,
            "routeKey": route_key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
    }
    if request.cookies:
        event["cookies"] = request.cookies
    if request.query:
        event["queryStringParameters"] = _joined(parse_qsl(request.query, keep_blank_values=True))
    if parameters:
        event["pathParameters"] = parameters
    return event


def body_fields(request: Request) -> Event:
    """Text bodies go as they are, all others (and compressed ones) in base64."""
    if not request.body:
        return {"isBase64Encoded": False}
    if _is_text(request.headers):
        try:
            return {"body": request.body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass  # declared as text, but is not: bytes must not be lost
    return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}


def authorizer_event(event: Event, route_arn: str, identity: list[str]) -> Event:
    """What a REQUEST authorizer is asked."""
    return event | {"type": "REQUEST", "routeArn": route_arn, "identitySource": identity}


def response_of(payload: bytes) -> Response:
    """The function's JSON as a response: the full form has `statusCode`, anything else is a 200 with that JSON.

    Raises:
        MalformedAnswer: not JSON, or a full form with a wrong type in it.
    """
    try:
        answer = json.loads(payload)
        if not isinstance(answer, dict) or "statusCode" not in answer:
            text = answer if isinstance(answer, str) else json.dumps(answer)
            return Response(200, [("content-type", "application/json")], text.encode())
        return Response(int(answer["statusCode"]), _headers(answer), _body(answer))
    except (ValueError, TypeError, AttributeError) as error:
        raise MalformedAnswer(str(error)) from error


def _headers(answer: Event) -> list[tuple[str, str]]:
    headers = {name.lower(): str(value) for name, value in (answer.get("headers") or {}).items()}
    if answer.get("body"):
        headers.setdefault("content-type", "text/plain;charset=UTF-8")
    kept = [(name, value) for name, value in headers.items() if name not in _HOP_BY_HOP]
    return kept + [("set-cookie", cookie) for cookie in answer.get("cookies") or []]


def _body(answer: Event) -> bytes:
    body = answer.get("body") or ""
    if not isinstance(body, str):
        raise MalformedAnswer(f"body is {type(body).__name__}, not a string")
    return base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else body.encode()


def _is_text(headers: dict[str, str]) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    text = kind.startswith("text/") or kind in _TEXT_TYPES or kind.endswith(_TEXT_SUFFIXES)
    return text and "content-encoding" not in headers


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
