"""Events that ask for the removal of files, and the places that are looked through."""

from typing import Any

import pytest

from maas.domain.removals import Removal, removal_after, upload_of
from maas.domain.uploads.sessions import storage_key

FAILED = {"version": "1.0.0", "state": "failed"}
ABORTED = {"version": "1.0.0", "upload_id": "u", "state": "aborted"}


def event(kind: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    found = {"type": kind, "time": "2026-11-21T09:00:00.123456+00:00", "tenant_id": "acme", "model_id": "m"}
    return {**found, "before": before, "after": after}


@pytest.mark.parametrize(
    ("given", "prefix"),
    [
        (event("ModelDeleted", {"name": "iris"}), "models/acme/m/"),
        (event("VersionDeleted", {"version": "1.0.0", "state": "draft", "upload_id": None}), "models/acme/m/1.0.0/"),
        (event("VersionDeleted", {"version": "1.0.0", "state": "ready"}), "models/acme/m/1.0.0/"),
        (
            event("VersionDeleted", {"version": "1.0.0", "state": "uploading", "upload_id": "u"}),
            "models/acme/m/1.0.0/u",
        ),
        (
            event("VersionStateChanged", {"version": "1.0.0"}, {"version": "1.0.0", "state": "failed"}),
            "models/acme/m/1.0.0/",
        ),
        (
            event("UploadAborted", {}, {"version": "1.0.0", "upload_id": "u", "state": "aborted"}),
            "models/acme/m/1.0.0/u",
        ),
    ],
)
def test_a_lost_use_asks_for_a_removal(given: dict[str, Any], prefix: str) -> None:
    found = removal_after(given)
    assert found is not None
    assert (found.prefix, found.since) == (prefix, 1795251600)


@pytest.mark.parametrize(
    "given",
    [
        event("ModelCreated", None, {"name": "iris"}),
        event("UploadStarted", None, {"version": "1.0.0", "upload_id": "u", "state": "open"}),
        event("VersionStateChanged", {"version": "1.0.0"}, {"version": "1.0.0", "state": "ready"}),
        event("VersionUpdated", {"version": "1.0.0"}, {"version": "1.0.0", "state": "failed"}),
        event("GrantDeleted", {"subject": "ada"}),
    ],
)
def test_other_events_ask_for_none(given: dict[str, Any]) -> None:
    assert removal_after(given) is None


CAPTURE = {"percent": "5", "redact": [], "keep_days": 7, "outputs": False}


def test_a_capture_that_ends_asks_for_the_removal_of_inputs_alone() -> None:
    found = removal_after(event("ModelUpdated", {"capture": CAPTURE}, {"capture": None}))
    assert found == Removal(tenant_id="acme", model_id="m", since=1795251600, captured=True)
    assert not found.begins_a_model


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"capture": None}, {"capture": CAPTURE}),
        ({"capture": CAPTURE}, {"capture": {**CAPTURE, "percent": "1"}}),
        ({"capture": None}, {"capture": None}),
        ({"name": "of an earlier release"}, {"name": "of an earlier release"}),
    ],
)
def test_other_changes_of_a_capture_remove_nothing(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert removal_after(event("ModelUpdated", before, after)) is None


def test_the_place_of_an_upload_begins_its_key_and_no_other_number_s() -> None:
    place = Removal(tenant_id="acme", model_id="m", version="1.0.0", since=0)
    assert storage_key("acme", "m", "1.0.0", "u").startswith(place.prefix)
    assert not storage_key("acme", "m", "1.0.0-rc.1", "u").startswith(place.prefix)


@pytest.mark.parametrize("ending", ["", ".graph.json.gz"])
def test_a_summary_belongs_to_its_file(ending: str) -> None:
    key = storage_key("acme", "m", "1.0.0", "u")
    assert upload_of(key + ending) == (key, "u")
