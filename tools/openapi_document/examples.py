"""Examples of docs/api: values in full length in place of shortened ones, and curl lines as requests."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_ID = re.compile(r"\b(01a2)…([0-9a-f]{4})\b")
_HEX = re.compile(r"([0-9a-f]{4,8})…([0-9a-f]{0,6})")
_UUID = "01a2b3c4-d5e6-7f00-8a00-00000000"
_DIGEST, _REQUEST_ID = 64, 32
# Variables that hold another value than an id.
_VARIABLES: Mapping[str, str] = {
    "GATEWAY": "https://api.example.com",
    "AUTH": "authorization: Bearer eyJ0",
    "SIZE": "19898",
    "SHA256": "f12daf75" + "0" * 56,
    "KEY_ID": "TiG5a760K9fLdOKX",
    "ID_TOKEN": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJhIn0.c2ln",
    "INVITATION": "01a2b3c4-d5e6-7f00-8a00-000000000b9a.oaVi",
    "REFRESH": "01a2b3c4-d5e6-7f00-8a00-000000009d0e.yoUr",
    "REFRESH2": "01a2b3c4-d5e6-7f00-8a00-000000009d0e.neXt",
    "VERIFICATION": "eyJhZGEiOjF9.sig",
    "RESET": "eyJhZGEiOjF9.sig",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A curl line: path and query as they were called, and the body; a form is an object of texts."""

    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


def request(curl: str) -> Request:
    """The request that a curl line sends, with a value for each variable of the shell."""
    filled = re.sub(r"\$(\w+)", lambda found: _VARIABLES.get(found[1], f"{_UUID}e192"), curl)
    words = iter(shlex.split(filled.replace("\\\n", " ")))
    url, headers, body, form = "", {}, None, []
    for word in words:
        if word.startswith(_VARIABLES["GATEWAY"]):
            url = word
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name.lower()] = value
        elif word == "--json":
            body = json.loads(next(words))
        elif word in ("-d", "--data-urlencode"):
            name, _, value = next(words).partition("=")
            form.append((name, value))
    parts = urlsplit(url)
    sent = {name: value for name, value in headers.items() if name != "authorization"}
    return Request(unquote(parts.path), tuple(parse_qsl(parts.query)), sent, dict(form) if form else body)


def whole(value: Any, key: str = "") -> Any:
    """The value of an answer, with all that the page shortens by `…` in full length."""
    if isinstance(value, dict):
        return {whole(name): whole(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [whole(item, key) for item in value]
    if not isinstance(value, str) or "…" not in value:
        return value
    text = _ID.sub(rf"{_UUID}\2", value)
    if found := _HEX.fullmatch(text):
        length = _REQUEST_ID if key == "request_id" else _DIGEST
        return found[1] + "0" * (length - len(found[1]) - len(found[2])) + found[2]
    return text.replace("…", "0")
