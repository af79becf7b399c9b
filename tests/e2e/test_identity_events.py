"""The events of `maas.identity` and `maas.access` that a subscriber of a running stack's bus receives."""

import secrets
from typing import Any

from local.demo.client import Api
from tests.support.stacks import RunningStack
from tests.support.subscribers import Subscriber
from tests.support.waiting import until
from tools import event_docs as documented

KEYS = "/api/v1/api-keys"
LIFE = [
    "OrganizationCreated",
    "UserCreated",
    "SignInFailed",
    "SignedIn",
    "KeyCreated",
    "KeyUsedFromNewNetwork",
    "AccessRefused",
    "KeyRevoked",
    "SessionEnded",
]


def test_each_event_of_an_account_arrives_as_documented(local_stack: RunningStack) -> None:
    bus, password = local_stack.ready["buses"]["EventBus"], secrets.token_urlsafe(24)
    subscriber = Subscriber(local_stack.client, bus, {"source": ["maas.identity", "maas.access"]})
    api = local_stack.user().api
    api.token = ""
    body = {"email": f"{secrets.token_hex(6)}@example.com", "password": password}
    tenant_id = api.post("/api/v1/auth/register", body)["tenant_id"]
    assert api.request("POST", "/api/v1/auth/login", {**body, "password": "x" * 12}).status_code == 401
    login = api.post("/api/v1/auth/login", body)
    api.token = login["access_token"]
    key = api.post(KEYS, {"name": "ci", "scopes": ["models:read"]})
    _refused(api, key["key"])
    api.success("DELETE", f"{KEYS}/{key['id']}")
    api.success("POST", "/api/v1/auth/logout", {"refresh_token": login["refresh_token"]})

    def received() -> list[dict[str, Any]]:
        found = {event["id"]: event for event in subscriber.details() if event["tenant_id"] == tenant_id}
        return sorted(found.values(), key=lambda event: str(event["time"]))

    until(lambda: len(received()) >= len(LIFE), 30)
    events = received()
    assert [event["type"] for event in events] == LIFE
    for event in events:
        kind = documented.KINDS[event["type"]]
        assert kind.model_validate(event).model_dump(mode="json") == event
        assert event["address"] == "127.0.0.1"
        assert event["request_id"]
    text = str(events)
    planted = (password, key["key"], login["refresh_token"], login["access_token"])
    assert [secret for secret in planted if secret in text] == []


def _refused(api: Api, key: str) -> None:
    """Asks for something that the key has no right to."""
    token, api.token = api.token, key
    assert api.request("POST", "/api/v1/models", {"name": "iris", "framework": "onnx"}).status_code == 403
    api.token = token
