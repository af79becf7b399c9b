"""Events of the bus as the log records them."""

from typing import Any

import pytest

from maas.domain.audit.events import AuditEvent, root_of, stamp
from maas.domain.ids import new_id
from tests.support.audit_logs import BEGIN, detail, event

ORGANIZATION = new_id()


@pytest.mark.parametrize(
    ("type_", "summary", "path"),
    [
        ("ModelDeleted", {}, ""),
        ("VersionStateChanged", {"version": "1.0.0"}, "/version/1.0.0"),
        ("AliasMoved", {"alias": "prod"}, "/alias/prod"),
        ("RolloutChanged", {"alias": "prod"}, "/alias/prod"),
        ("UploadAborted", {"upload_id": "u"}, "/upload/u"),
        ("GrantDeleted", {"subject": "s"}, "/grant/s"),
    ],
)
def test_events_of_the_registry_name_what_is_below_the_model(type_: str, summary: dict[str, str], path: str) -> None:
    both: list[dict[str, Any]] = [{"before": summary, "after": None}, {"before": None, "after": summary}]
    for given in both:
        content = detail(ORGANIZATION, type=type_, **given)
        assert AuditEvent.of(content).object == f"model/{content['model_id']}{path}"


def test_events_of_identity_name_their_object_themselves() -> None:
    found = event(ORGANIZATION, object="api_key/1", credential="session/2", address="192.0.2.1", request_id="r")
    assert (found.object, root_of("model/1/version/2")) == ("api_key/1", "model/1")
    subject = found.actor["subject"]
    assert found.actor == {"subject": subject, "credential": "session/2", "address": "192.0.2.1", "request_id": "r"}


def test_times_are_recorded_in_one_spelling() -> None:
    assert event(ORGANIZATION, time="2026-11-29T09:00:00.5+01:00").time == "2026-11-29T08:00:00.500000Z"
    assert stamp(BEGIN) == "2026-11-29T08:00:00.000000Z"


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "1"},
        {"id": None},
        {"time": "yesterday"},
        {"time": "2026-11-29T09:00:00"},
        {"tenant_id": "x"},
        {"type": ""},
        {"type": "A#B"},
        {"object": "no path"},
        {"object": "model/" + "x" * 600},
        {"subject": 1},
        {"subject": "x" * 600},
        {"changed": "name"},
        {"changed": [1]},
        {"before": []},
        {"after": {"size": 1.5}},
        {"after": {"name": "\ud800"}},
        {"type": "VersionCreated", "after": {}, "before": None},
    ],
)
def test_what_can_not_be_recorded_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        event(ORGANIZATION, **wrong)


@pytest.mark.parametrize("content", [None, [], "x", 1])
def test_an_event_must_be_an_object(content: object) -> None:
    with pytest.raises(ValueError, match="not an object"):
        AuditEvent.of(content)
