"""Models between the domain and the contract."""

from dataclasses import fields, replace

from maas.contracts.models import CreateModel, PatchModel, ReplaceModel
from maas.domain.catalog.models import ModelChange
from maas.web.presenters.models import model_answer, model_change, new_model
from tests.support.sample_records import PLAIN_MODEL


def test_a_patch_changes_only_the_fields_in_the_body() -> None:
    assert model_change(PatchModel.model_validate({"tags": []}), 7) == ModelChange(tags=(), expected_revision=7)


def test_a_replacement_changes_every_field() -> None:
    change = model_change(ReplaceModel.model_validate({"name": "a", "framework": "onnx"}), None)
    changed = {field.name for field in fields(change) if getattr(change, field.name) is not None}
    assert changed >= {"name", "framework", "description", "tags", "metadata", "is_public"}


def test_a_new_model_keeps_the_version_as_written() -> None:
    new = new_model(CreateModel.model_validate({"name": "a", "framework": "onnx", "version": "v1.0.0"}))
    assert (new.name, new.version) == ("a", "v1.0.0")


def test_times_are_written_as_rfc_3339_in_utc() -> None:
    assert model_answer(PLAIN_MODEL).model_dump(mode="json")["created_at"] == "2026-11-21T09:00:00.123456Z"


def test_an_empty_latest_version_is_null() -> None:
    assert model_answer(replace(PLAIN_MODEL, latest_version="1.0.0")).latest_version == "1.0.0"
    assert model_answer(replace(PLAIN_MODEL, latest_version="")).latest_version is None
