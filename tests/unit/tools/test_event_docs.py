"""docs/events.md and docs/schemas are what tools/event_docs.py makes, and that is what the registry does."""

import json
from typing import get_args

import pytest

from maas.domain.catalog.event_types import EventType
from maas.domain.identity.events import IdentityEventType
from maas.domain.identity.observations import ObservationType
from maas.domain.jobs.events import JobEventType
from maas.domain.webhooks.events import WebhookEventType
from tools import event_docs
from tools.event_schemas import AnyEvent
from tools.generated_parts import rendered
from tools.identity_event_schemas import AnyIdentityEvent
from tools.observation_schemas import AnyObservation

MADE = "run: PYTHONPATH=.:layers/shared/python python tools/event_docs.py"


def test_every_type_is_documented() -> None:
    assert {kind.__name__ for kind in get_args(AnyEvent)} == {*EventType}
    assert {kind.__name__ for kind in get_args(AnyIdentityEvent)} == {*IdentityEventType, *WebhookEventType}
    assert {kind.__name__ for kind in get_args(AnyObservation)} == {*ObservationType}
    assert {kind.__name__ for kind in event_docs.JOBS} == {*JobEventType}
    assert {*event_docs.KINDS} == {*event_docs.examples()}


def test_the_page_is_what_the_code_makes() -> None:
    text = event_docs.DOCUMENT.read_text()
    assert all(f"<!-- {name} -->\n" in text for name in event_docs.PARTS)
    assert rendered(text, event_docs.PARTS) == text, MADE


def test_the_schemas_match_the_code() -> None:
    assert {path.name: path.read_text() for path in event_docs.FOLDER.iterdir()} == event_docs.schemas(), MADE


@pytest.mark.parametrize("name", event_docs.KINDS)
def test_an_example_has_every_field_that_is_documented_and_no_other(name: str) -> None:
    example = event_docs.examples()[name]
    assert event_docs.KINDS[name].model_validate(example).model_dump(mode="json") == example
    assert json.loads(event_docs.schemas()[f"{name}.json"])["examples"] == [example]
