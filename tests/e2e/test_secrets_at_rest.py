"""Secrets that people and programs use are nowhere in clear: not in tables, logs, events, Redis or files.

The mailbox is left out: it stands for the mail program of the recipient, and tokens are there by design.
"""

import json
from pathlib import Path

import pytest

from tests.support.planted_flows import FLOWS, Planted
from tests.support.planted_secrets import dump, forms, found_in, secret_parts, signing_secrets
from tests.support.stacks import RunningStack
from tests.support.subscribers import Subscriber
from tests.support.waiting import until

_KINDS = ("table ", "logs/")


@pytest.fixture(scope="module")
def subscriber(local_stack: RunningStack) -> Subscriber:
    """A subscriber of all that the queues of webhooks and the audit log get; those are emptied at once."""
    sources = ["maas.registry", "maas.identity", "maas.access"]
    return Subscriber(local_stack.client, local_stack.ready["buses"]["EventBus"], {"source": sources})


@pytest.fixture(scope="module")
def planted(local_stack: RunningStack, subscriber: Subscriber) -> Planted:
    """The secrets of all flows, and the private values that the stack has made for itself."""
    world = Planted(local_stack.anonymous(), Path(local_stack.ready["mailbox"]))
    for flow in FLOWS:
        flow(world)
    return world


_EVENTS = ("ModelCreated", "SignInFailed", "WebhookCreated", "TokenExchanged")


@pytest.mark.kinds("embedded")
def test_no_secret_is_kept_or_written_in_clear(
    local_stack: RunningStack, planted: Planted, subscriber: Subscriber
) -> None:
    until(lambda: all(kind in json.dumps([subscriber.details(), subscriber.received]) for kind in _EVENTS), 60)
    contents = dump(local_stack) | {"events": json.dumps(subscriber.received).encode()}
    assert len(planted.found) >= 20
    assert found_in(contents, planted.found) == []
    # The search reads what it should: public values of the same flow are in each place.
    tables, logs = (b"".join(text for place, text in contents.items() if place.startswith(kind)) for kind in _KINDS)
    assert planted.email.encode() in tables
    assert b"/api/v1/auth/login" in logs
    assert all(kind.encode() in contents["events"] for kind in _EVENTS)
    assert local_stack.ready["redis"] is None or contents["redis"]


@pytest.mark.kinds("embedded")
def test_no_signing_secret_leaves_secrets_manager(local_stack: RunningStack, planted: Planted) -> None:
    contents = {place: text for place, text in dump(local_stack).items() if place.startswith((*_KINDS, "redis"))}
    signing = signing_secrets(local_stack)
    assert len(signing) >= 2
    assert found_in(contents, signing) == []


@pytest.mark.kinds("embedded")
@pytest.mark.parametrize(
    "name", ["first password", "API key", "refresh token", "open invitation", "access token", "webhook secret"]
)
def test_a_secret_in_clear_or_in_base64_is_found(local_stack: RunningStack, planted: Planted, name: str) -> None:
    part = secret_parts(planted.found[name])[0]
    for form in forms(part):
        assert found_in({"x": b"before " + form + b" after"}, {name: planted.found[name]})
