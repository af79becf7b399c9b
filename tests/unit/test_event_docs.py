"""docs/events.md and docs/schemas are what docs/events.py makes, and that is what the registry does."""

import json
from pathlib import Path
from typing import get_args

import pytest

from docs import events
from functions.registry.events import EventType
from maas.contracts.events import AnyEvent

MADE = "run: PYTHONPATH=.:layers/shared/python python docs/events.py"


def test_every_type_is_documented() -> None:
    assert {*events.KINDS} == {*EventType}
    assert {kind.__name__ for kind in get_args(AnyEvent)} == {*events.examples()}


def test_the_page_is_what_the_code_makes() -> None:
    text = Path(events.__file__).with_suffix(".md").read_text()
    assert all(f"<!-- {name} -->\n" in text for name in events.PARTS)
    assert events.rendered(text) == text, MADE


def test_the_schemas_are_what_the_code_makes() -> None:
    assert {path.name: path.read_text() for path in events.FOLDER.iterdir()} == events.schemas(), MADE


@pytest.mark.parametrize("name", events.KINDS)
def test_an_example_has_every_field_that_is_documented_and_no_other(name: str) -> None:
    example = events.examples()[name]
    assert events.KINDS[name].model_validate(example).model_dump(mode="json") == example
    assert json.loads(events.schemas()[f"{name}.json"])["examples"] == [example]
