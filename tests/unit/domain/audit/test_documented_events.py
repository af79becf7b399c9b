"""Every event that the documents show can be recorded."""

import json
import re
from typing import Any

import pytest

from local.paths import ROOT
from maas.domain.audit.chain import Head, Segment
from maas.domain.audit.events import AuditEvent

_BLOCKS = re.findall(r"^```json\n(.*?)^```", (ROOT / "docs" / "events.md").read_text(), re.MULTILINE | re.DOTALL)
EVENTS: list[Any] = [found for block in _BLOCKS if "tenant_id" in (found := json.loads(block)) and "id" in found]


def test_the_documents_show_events_of_all_sources() -> None:
    types = {event["type"] for event in EVENTS}
    assert {"ModelCreated", "GrantDeleted", "SignedIn", "SignInFailed"} <= types


@pytest.mark.parametrize("content", EVENTS, ids=lambda content: content["type"])
def test_a_documented_event_becomes_a_record(content: dict[str, Any]) -> None:
    event = AuditEvent.of(content)
    (record,) = Segment.begin(Head(event.tenant_id), [event], event.time).records
    assert (record["id"], record["action"]) == (content["id"], content["type"])
    model = f"model/{content.get('model_id')}"
    assert record["object"] == content.get("object", record["object"])
    assert "object" in content or record["object"].split("/")[:2] == model.split("/")
    assert record["actor"]["request_id"] == content.get("request_id")
