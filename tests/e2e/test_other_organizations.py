"""Ids of another organization's objects, in every path and in bodies: as if there were no such object.

tests/integration/rights has all actors and rights in memory; this goes the whole way through a stack, with the requests
of the OpenAPI document.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from local.demo.client import Api
from local.paths import ROOT
from maas.domain.ids import new_id
from tests.support.fuzz_world import ALL_SCOPES, objects
from tests.support.stack_users import PASSWORD, User
from tests.support.stacks import RunningStack

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(300)]
_DOCUMENT = json.loads((ROOT / "docs/openapi.json").read_text())
# What names no object: the same in every organization.
_PLAIN = {"ref": "1.0.0", "alias": "production"}
_NO_KEY = "0123456789abcdef"
_VARYING = ("request_id", "server_time")


@dataclass(frozen=True)
class Call:
    """A request whose path and body have {names} of objects."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] | None = None

    def send(self, api: Api, ids: Mapping[str, str]) -> tuple[int, str]:
        """The status, and the text of the answer without what differs between two requests."""
        answer = api.request(self.method, _filled(self.path, ids), _filled(self.body, ids), headers=self.headers or {})
        found = answer.json()
        text = json.dumps({name: value for name, value in found.items() if name not in _VARYING})
        for name, value in ids.items():
            text = text.replace(value, name)
        return answer.status_code, text


def _filled(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], value)
    if isinstance(value, list):
        return [_filled(each, ids) for each in value]
    return {_filled(k, ids): _filled(v, ids) for k, v in value.items()} if isinstance(value, dict) else value


def _calls() -> Iterator[Call]:
    """The example of every operation whose path names an object."""
    for path, operations in _DOCUMENT["paths"].items():
        for method, operation in operations.items():
            if "{" not in path:
                continue
            query, headers = {}, {}
            for each in operation["parameters"]:
                if each["in"] == "query" and "example" in each:
                    query[each["name"]] = each["example"]
                if each["name"] == "if-match":
                    headers["if-match"] = "*"
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            body = content.get("examples", {}).get("docs", {}).get("value")
            target = path + (f"?{urlencode(query, doseq=True)}" if query else "")
            yield Call(method.upper(), target, body, headers)


_OF_PATHS = [*_calls()]
_ISSUER = {"name": "ci", "issuer": "https://ci.example.com", "conditions": {"sub": "job"}}
_PREDICTION = {"model_id": "{model_id}", "version": "1.0.0", "features": [[5.1, 3.5, 1.4, 0.2]]}
_OF_BODIES = [
    Call("POST", "/api/v1/api-keys", {"name": "k", "scopes": ["models:read"], "service_account_id": "{account_id}"}),
    Call("POST", "/api/v1/trusted-issuers", {**_ISSUER, "service_account_id": "{account_id}"}),
    Call("PATCH", "/api/v1/trusted-issuers/{own_issuer}", {"service_account_id": "{account_id}"}),
    Call("POST", "/api/v1/inference", _PREDICTION),
    Call("PUT", "/api/v1/models/{own_model}/grants/{user_id}", {"role": "viewer", "kind": "user"}),
    Call("PUT", "/api/v1/models/{own_model}/grants/{key_id}", {"role": "viewer", "kind": "key"}),
    Call("POST", "/api/v1/webhooks/{own_webhook}/deliveries/{delivery_id}/redeliver"),
    Call("POST", "/api/v1/auth/login", {"email": "{own_email}", "password": PASSWORD, "organization": "{tenant_id}"}),
    Call("GET", "/api/v1/audit?actor={user_id}"),
    Call("GET", "/api/v1/audit?object=model/{model_id}"),
    Call("GET", "/api/v1/models?owner={user_id}"),
]


@dataclass(frozen=True)
class Scene:
    """The objects of one organization, and two callers of another one, which may do everything there."""

    owner: User
    others: Mapping[str, str]
    absent: Mapping[str, str]
    own: Mapping[str, str]
    callers: tuple[Api, Api]

    def state(self) -> dict[str, Any]:
        """Returns what the owner sees of its objects."""
        model = f"/api/v1/models/{self.others['model_id']}"
        paths = (model, f"{model}/versions", f"{model}/aliases", f"{model}/grants", f"{model}/metadata")
        lists = (
            "users",
            "users/invitations",
            "users/me/sessions",
            "api-keys",
            "service-accounts",
            "trusted-issuers",
            "webhooks",
        )
        upload = self.owner.api.get(f"/api/v1/uploads/{self.others['upload_id']}")
        deliveries = f"/api/v1/webhooks/{self.others['webhook_id']}/deliveries?limit=100"
        return {path: self.owner.api.get(path) for path in (*paths, *(f"/api/v1/{name}" for name in lists))} | {
            "upload": (upload["state"], upload["missing"], upload["expires_at"]),
            "deliveries": len(self.owner.api.get(deliveries)["items"]),
        }


@pytest.fixture(scope="module")
def scene(stack: RunningStack) -> Scene:
    owner, caller = stack.user(), stack.user()
    others = {name: values[0] for name, values in objects(owner).items()} | {"tenant_id": owner.tenant_id}
    others["subject"] = others["user_id"]
    mine = {name: values[0] for name, values in objects(caller).items()}
    own = {f"own_{name.removesuffix('_id')}": value for name, value in mine.items()} | {"own_email": caller.email}
    key = caller.api.post("/api/v1/api-keys", {"name": "all", "scopes": ALL_SCOPES})["key"]
    absent = {name: new_id() for name in others} | {"key_id": _NO_KEY} | _PLAIN
    return Scene(owner, others | _PLAIN, absent, own, (caller.api, Api(stack.url, stack.http, key)))


def _texts(scene: Scene) -> set[str]:
    """Texts that only the owner's organization has."""
    model = scene.owner.api.get(f"/api/v1/models/{scene.others['model_id']}")
    return {scene.owner.email, model["name"], scene.owner.tenant_id}


def test_another_organization_s_object_is_not_found_on_any_path(scene: Scene) -> None:
    before, texts, wrong = scene.state(), _texts(scene), []
    for call in _OF_PATHS:
        for api in scene.callers:
            status, text = call.send(api, scene.others)
            absent = call.send(api, scene.absent)
            if status not in (403, 404) or (status, text) != absent or any(each in text for each in texts):
                wrong.append(f"{call.method} {call.path}: {status} {text[:200]}, and of an absent one {absent}")
    assert wrong == []
    assert len(_OF_PATHS) > 60
    assert scene.state() == before


@pytest.mark.parametrize("call", _OF_BODIES, ids=lambda call: f"{call.method} {call.path}")
def test_an_id_of_another_organization_in_a_request_is_as_an_absent_one(scene: Scene, call: Call) -> None:
    before, texts = scene.state(), _texts(scene)
    for api in scene.callers:
        status, text = call.send(api, {**scene.own, **scene.others})
        assert (status, text) == call.send(api, {**scene.own, **scene.absent})
        assert status in (401, 403, 404, 422) or json.loads(text).get("items") == []
        assert not any(each in text for each in texts - {scene.others["tenant_id"]})
    assert scene.state() == before
