"""A module that schemathesis loads: credentials of two organizations, ids that exist, and checks that it lacks.

The file that FUZZ_WORLD names has the world of fuzz_world, and FUZZ_COUNTS is the file for counts of answers and rules.
"""

import atexit
import json
import os
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.generation.meta import TestPhase

_WORLD: dict[str, Any] = json.loads(Path(os.environ["FUZZ_WORLD"]).read_text())
# Rules of values that JSON Schema has no words for. A request that its schema allows may break these, and no other.
BEYOND_SCHEMA = frozenset(
    [
        "binding",
        "columns",
        "common",
        "cursor",
        "dtype",
        "email",
        "etag",
        "exclusive",
        "exists",
        "idempotency_key",
        "invalid",
        "invisible",
        "jwt",
        "max_bytes",
        "max_depth",
        "max_items",
        "max_parts",
        "missing",
        "model",
        "network",
        "order",
        "personal",
        "plain_name",
        "range",
        "reference",
        "repeated",
        "required",
        "reserved",
        "rfc3339",
        "same_request",
        "semver",
        "shape",
        "single_input",
        "tenant",
        "trimmed",
        "trusted",
        "unknown",
        "url",
    ]
)
# Headers of the way between function and client: of the server, of CORS and of API Gateway.
_OF_THE_WAY = {"apigw-requestid", "connection", "content-length", "content-type", "date", "server", "vary"}
_COUNTS: Counter[str] = Counter()
_BEYOND: Counter[str] = Counter()
_ADDED = {"Problem"}


class _Actor:
    """A caller of one organization, by a session or by a key; a session that a request has ended begins anew."""

    def __init__(self, values: dict[str, str], *, by_key: bool) -> None:
        self._values = values
        self._by_key = by_key
        self._token = values["key"] if by_key else ""

    def token(self) -> str:
        if not self._token:
            body = {"email": self._values["email"], "password": self._values["password"]}
            answer = requests.post(f"{_WORLD['url']}/api/v1/auth/login", json=body, timeout=30)
            self._token = answer.json().get("access_token", "")
        return self._token

    def forget(self, token: str) -> None:
        if not self._by_key and token == self._token:
            self._token = ""


_ACTORS = [_Actor(values, by_key=by_key) for by_key in (True, False) for values in _WORLD["actors"]]
_TURNS = cycle((_ACTORS[0], _ACTORS[2], _ACTORS[0], _ACTORS[1], _ACTORS[3]))
_OF_FIRST = cycle((_ACTORS[0], _ACTORS[2]))
_PICKS = {name: cycle(values) for name, values in _WORLD["kept"].items()}
_SPARES = {name: cycle(values) for name, values in _WORLD["spare"].items()}


@schemathesis.auth(refresh_interval=None)
class Credentials:
    """The credentials of one organization after the other."""

    def get(self, case: Any, ctx: Any) -> str:
        # A scenario goes on with what it has made, so one organization makes all of its requests.
        scenario = case.meta is not None and case.meta.phase.name is TestPhase.STATEFUL
        return next(_OF_FIRST if scenario else _TURNS).token()

    def set(self, case: Any, data: str, ctx: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Puts something that exists into three of four requests; a request that deletes gets something to spare."""
    if path_parameters and next(_FOURTH):
        picks = _SPARES if context.operation.method.upper() == "DELETE" else _PICKS
        path_parameters.update({name: next(picks[name]) for name in path_parameters if name in picks})
    return path_parameters


_FOURTH = cycle((True, True, True, False))


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Closes the schemas of answers, so that a field that the document lacks is found."""
    for name, schema in raw_schema["components"]["schemas"].items():
        if name.endswith(("Answer", "Page")) or name in _ADDED:
            schema.setdefault("additionalProperties", False)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Counts the answer, and forgets a session that has ended."""
    _COUNTS[f"{case.operation.label} {response.status_code}"] += 1
    sent = response.request.headers.get("authorization", "").removeprefix("Bearer ")
    if response.status_code == 401:
        for actor in _ACTORS:
            actor.forget(sent)


@schemathesis.check
def declared_headers(ctx: Any, response: Any, case: Any) -> None:
    """An answer has no header that the document does not name."""
    declared = case.operation.definition.raw["responses"].get(str(response.status_code))
    if declared is None or case.method != case.operation.method.upper():
        return
    named = {name.removesuffix(".optional").lower() for name in _resolved(case, declared).get("headers", {})}
    found = {name.lower() for name in response.headers} - _OF_THE_WAY - named
    found -= {name for name in found if name.startswith("access-control-")}
    assert not found, f"the document does not name these headers: {sorted(found)}"


@schemathesis.check
def allowed_or_beyond_schema(ctx: Any, response: Any, case: Any) -> None:
    """A request that the document allows breaks no rule that JSON Schema could tell."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code not in (400, 413, 422):
        return
    rules = {each["rule"] for each in response.json().get("errors", [])}
    assert rules, "a refusal without a rule"
    _BEYOND.update(rules)
    assert rules <= BEYOND_SCHEMA, f"the document allows this, and the server refuses it by {sorted(rules)}"


def _resolved(case: Any, node: dict[str, Any]) -> dict[str, Any]:
    found: Any = node
    if "$ref" in node:
        found = case.operation.schema.raw_schema
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
    return dict(found)


@atexit.register
def _report() -> None:
    Path(os.environ["FUZZ_COUNTS"]).write_text(json.dumps({"answers": _COUNTS, "beyond": _BEYOND}, indent=1))
