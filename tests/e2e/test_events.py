"""The events that a subscriber of the bus receives, from a model's creation to its deletion over HTTP."""

import json
import secrets
from typing import Any

import pytest

from local.demo import upload
from tests.samples import onnx_files
from tests.support.stacks import BOTH, RunningStack
from tests.support.subscribers import Subscriber
from tests.support.waiting import until
from tools import event_docs as documented

MODELS = "/api/v1/models"
LIFE_CYCLE = [
    "ModelCreated",
    *("VersionCreated", "ModelUpdated"),
    *("UploadStarted", "VersionStateChanged"),
    *("UploadCompleted", "VersionStateChanged"),
    *("VersionStateChanged", "ModelUpdated"),
    *("VersionStateChanged", "ModelUpdated"),
    *("ModelUpdated", "AliasMoved"),
    "VersionUpdated",
    "ModelUpdated",
    "VersionCreated",
    *("UploadStarted", "VersionStateChanged"),
    *("UploadAborted", "VersionStateChanged"),
    *("VersionDeleted", "ModelUpdated"),
    *("ModelUpdated", "AliasMoved"),
    *("VersionStateChanged", "ModelUpdated"),
    "ModelDeleted",
]
STATES = ["uploading", "validating", "ready", "published", "uploading", "draft", "deprecated"]


@pytest.fixture
def subscriber(local_stack: RunningStack) -> Subscriber:
    return Subscriber(local_stack.client, local_stack.ready["buses"]["EventBus"])


def run_life_cycle(stack: RunningStack) -> str:
    """Creates, changes and deletes a model; returns its id."""
    user = stack.user()
    api, file = user.api, onnx_files.largest_of_four()
    model_id: str = api.post(MODELS, {"name": f"life {secrets.token_hex(4)}", "framework": "onnx"})["id"]
    versions = f"{MODELS}/{model_id}/versions"
    api.post(versions, {"version": "1.0.0"})
    session = upload.start(api, model_id, "1.0.0", "model.onnx", file)
    upload.put_parts(api, session, file)
    upload.complete(api, session, file)
    upload.wait_until_checked(api, model_id, "1.0.0")
    api.post(f"{versions}/1.0.0/publish")
    api.success("PUT", f"{MODELS}/{model_id}/aliases/production", {"version": "1.0.0", "reason": "first release"})
    api.success("PATCH", f"{versions}/1.0.0", {"changelog": "other words"})
    api.success("PATCH", f"{MODELS}/{model_id}", {"description": "a text that no event repeats"})
    api.post(versions, {"version": "1.1.0"})
    session = upload.start(api, model_id, "1.1.0", "model.onnx", file)
    api.success("DELETE", f"/api/v1/uploads/{session['upload_id']}")
    api.success("DELETE", f"{versions}/1.1.0")
    api.success("DELETE", f"{MODELS}/{model_id}/aliases/production")
    api.post(f"{versions}/1.0.0/deprecate")
    api.success("DELETE", f"{MODELS}/{model_id}")
    return model_id


@pytest.mark.kinds(*BOTH)
def test_each_event_arrives_in_order_and_as_documented(local_stack: RunningStack, subscriber: Subscriber) -> None:
    model_id = run_life_cycle(local_stack)
    until(lambda: any(event["type"] == "ModelDeleted" for event in subscriber.details(model_id)), 30)
    events: list[dict[str, Any]] = list({event["id"]: event for event in subscriber.details(model_id)}.values())

    assert [event["type"] for event in events] == LIFE_CYCLE
    assert [event["sequence"] for event in events] == [*range(1, len(LIFE_CYCLE) + 1)]
    assert [e["after"]["state"] for e in events if e["type"] == "VersionStateChanged"] == STATES
    for event in events:
        kind = documented.KINDS[event["type"]]
        assert kind.model_validate(event).model_dump(mode="json") == event
    subjects = {event["subject"] for event in events}
    assert subjects == {events[0]["after"]["owner_id"], "validator"}
    text = json.dumps(events)
    assert "no event repeats" not in text
    assert f"models/{events[0]['tenant_id']}" not in text


def test_a_rule_receives_matching_events_only(local_stack: RunningStack, subscriber: Subscriber) -> None:
    bus = local_stack.ready["buses"]["EventBus"]
    user = local_stack.user()
    made = user.api.post(MODELS, {"name": f"mine {secrets.token_hex(4)}", "framework": "onnx"})
    pattern = {"detail-type": ["ModelUpdated"], "detail": {"tenant_id": [made["tenant_id"]]}}
    mine = Subscriber(local_stack.client, bus, pattern)
    user.api.success("PATCH", f"{MODELS}/{made['id']}", {"tags": ["mine"]})
    other = local_stack.user().api
    theirs = other.post(MODELS, {"name": f"theirs {secrets.token_hex(4)}", "framework": "onnx"})
    other.success("PATCH", f"{MODELS}/{theirs['id']}", {"tags": ["theirs"]})
    until(lambda: len(subscriber.details(theirs["id"])) == 2, 30)
    [event] = mine.details()
    assert (event["type"], event["model_id"], event["after"]["tags"]) == ("ModelUpdated", made["id"], ["mine"])
