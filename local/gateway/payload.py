"""Payload format 2.0 of HTTP APIs: converts requests to events, and results of functions to responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pybase64
from pydantic_core import from_json, to_json

from local.aws_account import ACCOUNT

API_ID = "local"
_TEXT_TYPES = ("application/json", "application/javascript", "application/xml")
_TEXT_SUFFIXES = ("+json", "+xml")
_NAMES = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_HOP_BY_HOP = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"})

Event = dict[str, Any]


class MalformedResult(Exception):
    """API Gateway could not convert the function's result to a response."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are in lower case; values of repeated headers are joined by commas.

    `path` is decoded.
    """

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
    """One HTTP response. Header names are in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def request_event(request: Request, route_key: str, parameters: dict[str, str]) -> Event:
    """Returns the event without the body, as an authorizer receives it."""
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
        event["queryStringParameters"] = _merge_repeated(parse_qsl(request.query, keep_blank_values=True))
    if parameters:
        event["pathParameters"] = parameters
    return event


def whole_event(event: Event, request: Request) -> bytes:
    """Returns the event with the body, as JSON: text as it is, other and compressed bodies in base64."""
    if not request.body:
        return to_json({**event, "isBase64Encoded": False})
    if _is_text(request.headers):
        try:
            return to_json({**event, "body": request.body.decode(), "isBase64Encoded": False})
        except UnicodeDecodeError:
            pass  # declared as text but not valid UTF-8: base64 keeps the bytes
    # Base64 has nothing to escape. To look for it would take milliseconds for a large body.
    head = to_json({**event, "isBase64Encoded": True})
    return b"".join([head[:-1], b',"body":"', pybase64.b64encode(request.body), b'"}'])


def authorizer_event(event: Event, route_arn: str, identity: list[str]) -> Event:
    """The event for a REQUEST authorizer."""
    return event | {"type": "REQUEST", "routeArn": route_arn, "identitySource": identity}


def parse_result(payload: bytes) -> Response:
    """Converts the function's JSON to a response. JSON without `statusCode` becomes the body of a 200.

    Raises:
        MalformedResult: the payload is not JSON, or a field has a wrong type.
    """
    try:
        result = from_json(payload)
        if not isinstance(result, dict) or "statusCode" not in result:
            text = result if isinstance(result, str) else json.dumps(result)
            return Response(200, [("content-type", "application/json")], text.encode())
        return Response(_status(result), _headers(result), _body(result))
    except (ValueError, TypeError, AttributeError) as error:
        raise MalformedResult(str(error)) from error


def identified(response: Response, request_id: str) -> Response:
    """The response with the headers that name the request."""
    headers = [*response.headers, ("apigw-requestid", request_id)]
    if not any(name == "x-request-id" for name, _ in response.headers):
        headers.append(("x-request-id", request_id))
    return Response(response.status, headers, response.body)


def _status(result: Event) -> int:
    status = int(result["statusCode"])
    if not 100 <= status <= 599:
        raise MalformedResult(f"{status} is not a status")
    return status


def _headers(result: Event) -> list[tuple[str, str]]:
    headers = {name.lower(): str(value) for name, value in (result.get("headers") or {}).items()}
    if result.get("body"):
        headers.setdefault("content-type", "text/plain;charset=UTF-8")
    kept = [(name, value) for name, value in headers.items() if name not in _HOP_BY_HOP]
    kept += [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    if "" in headers or not _NAMES.fullmatch("".join(headers)) or _CONTROL.search("".join(value for _, value in kept)):
        raise MalformedResult("a header has a character that HTTP does not allow")
    return kept


def _body(result: Event) -> bytes:
    body = result.get("body") or ""
    if not isinstance(body, str):
        raise MalformedResult(f"body is {type(body).__name__}, not a string")
    return pybase64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()


def _is_text(headers: dict[str, str]) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    text = kind.startswith("text/") or kind in _TEXT_TYPES or kind.endswith(_TEXT_SUFFIXES)
    return text and "content-encoding" not in headers


def _merge_repeated(pairs: list[tuple[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for name, value in pairs:
        merged[name] = f"{merged[name]},{value}" if name in merged else value
    return merged
