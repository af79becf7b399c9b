"""Notes of drift that was told, in memory and in DynamoDB."""

import json
from datetime import UTC, datetime

import pytest

from maas.adapters.aws.drift_notes import DynamoDriftNotes
from maas.domain.errors import Unavailable
from maas.domain.identity.actors import Actor
from maas.domain.identity.identity_event import event_about
from maas.domain.ids import new_id
from maas.domain.monitoring.places import Place
from maas.services.ports.monitoring import DriftNotes
from tests.fakes.monitoring import FakeDriftNotes
from tests.support.aws import Aws

AT = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture(params=["memory", "moto"])
def notes(request: pytest.FixtureRequest) -> DriftNotes:
    if request.param == "memory":
        return FakeDriftNotes()
    return stored(request.getfixturevalue("aws"))


@pytest.fixture
def place() -> Place:
    return Place(new_id(), new_id(), "1.0.0")


def stored(aws: Aws) -> DynamoDriftNotes:
    environment = aws.application.functions["SurveyorFunction"].environment
    return DynamoDriftNotes(environment["MAAS_MONITORING_TABLE"], environment["MAAS_IDENTITY_TABLE"], aws.endpoint)


def test_drift_begins_is_renewed_and_ends(notes: DriftNotes, place: Place) -> None:
    event = event_about("DriftFound", place.tenant_id, "model/m/version/1.0.0", Actor("surveyor"), AT)
    assert notes.drifted_until(place) == 0
    assert notes.tell(place, 0, 3600, event)
    assert not notes.tell(place, 0, 3600, event)
    notes.renew(place, 7200, 1)
    assert notes.drifted_until(place) == 7200
    assert not notes.tell(place, 3600, 0, event)
    assert notes.tell(place, 7200, 0, event)
    notes.renew(place, 9000, 1)
    assert notes.drifted_until(place) == 0
    assert notes.tell(place, 0, 9000, event)


def test_an_event_is_stored_for_the_bus(aws: Aws, place: Place) -> None:
    event = event_about("DriftFound", place.tenant_id, "model/m/version/1.0.0", Actor("surveyor"), AT)
    assert stored(aws).tell(place, 0, 3600, event)
    table = aws.application.functions["SurveyorFunction"].environment["MAAS_IDENTITY_TABLE"]
    key = {"pk": {"S": f"EVENTS#{place.tenant_id}"}, "sk": {"S": f"EVENT#{event.id}"}}
    item = aws.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    assert item["source"]["S"] == "maas.monitoring"
    assert [each["type"] for each in json.loads(item["events"]["S"])] == ["DriftFound"]


def test_a_table_that_does_not_answer_is_unavailable(place: Place) -> None:
    gone = DynamoDriftNotes("nowhere", "nowhere", "http://127.0.0.1:1")
    with pytest.raises(Unavailable):
        gone.drifted_until(place)
    with pytest.raises(Unavailable):
        gone.renew(place, 1, 1)
