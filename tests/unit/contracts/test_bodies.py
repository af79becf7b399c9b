"""The public bodies: strict on the way in, mapped by hand to the domain and back."""

from dataclasses import fields, replace
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from maas.contracts.base import Answer, Body, PageAnswer
from maas.contracts.models import CreateModel, ModelAnswer, PatchModel, ReplaceModel
from maas.contracts.versions import CreateVersion, VersionAnswer
from maas.domain.catalog.models import ModelChange
from maas.domain.catalog.versions import Artifact, Signature, Tensor, VersionState
from tests.support.sample_records import PLAIN_MODEL, PLAIN_VERSION

MODEL = replace(PLAIN_MODEL, latest_version="1.0.0")
VERSION = replace(
    PLAIN_VERSION,
    state=VersionState.FAILED,
    failure="not ONNX",
    artifact=Artifact(
        storage_key="key",
        size=1,
        sha256="ab" * 32,
        signature=Signature((Tensor("X", "float", (-1, 4)),), ()),
        object_version="v",
    ),
)


def _all(kind: type[BaseModel]) -> list[type[BaseModel]]:
    return [found for child in kind.__subclasses__() for found in (child, *_all(child))]


@pytest.mark.parametrize("body", _all(Body))
def test_every_body_is_strict_and_refuses_unknown_fields(body: type[BaseModel]) -> None:
    assert (body.model_config["strict"], body.model_config["extra"]) == (True, "forbid")


@pytest.mark.parametrize(
    ("body", "given"),
    [
        (CreateModel, {"name": "a"}),
        (CreateModel, {"name": "a", "framework": "onnx", "is_public": "yes"}),
        (ReplaceModel, {"name": "a", "framework": "onnx", "version": "1.0.0"}),
        (PatchModel, {"name": None}),
        (PatchModel, {"status": "ready"}),
        (CreateVersion, {"version": 1}),
        (CreateVersion, {"version": "1.0.0", "metadata": None}),
    ],
)
def test_a_body_that_is_not_as_told_is_refused(body: type[Body], given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        body.model_validate(given)


def test_a_patch_says_nothing_of_fields_left_out() -> None:
    assert PatchModel.model_validate({"tags": []}).change(7) == ModelChange(tags=(), expected_revision=7)


def test_a_replacement_says_something_of_every_field() -> None:
    change = ReplaceModel.model_validate({"name": "a", "framework": "onnx"}).change(None)
    told = {field.name for field in fields(change) if getattr(change, field.name) is not None}
    assert told >= {"name", "framework", "description", "tags", "metadata", "is_public"}


def test_a_new_model_keeps_the_version_as_written() -> None:
    new = CreateModel.model_validate({"name": "a", "framework": "onnx", "version": "v1.0.0"}).new_model()
    assert (new.name, new.version) == ("a", "v1.0.0")


def test_a_time_is_written_as_rfc_3339_in_utc() -> None:
    assert ModelAnswer.of(MODEL).model_dump(mode="json")["created_at"] == "2026-11-21T09:00:00.123456Z"


def test_what_is_empty_in_the_domain_is_null_in_an_answer() -> None:
    assert ModelAnswer.of(replace(MODEL, latest_version="")).latest_version is None
    draft = VersionAnswer.of(replace(VERSION, failure="", artifact=None))
    assert (draft.failure, draft.size, draft.sha256, draft.signature, draft.published_at) == (None,) * 5


def test_a_version_shows_its_file_but_not_where_it_is() -> None:
    answer = VersionAnswer.of(VERSION).model_dump(mode="json")
    assert (answer["failure"], answer["size"], answer["sha256"]) == ("not ONNX", 1, "ab" * 32)
    assert answer["signature"] == {"inputs": [{"name": "X", "dtype": "float", "shape": [-1, 4]}], "outputs": []}
    assert not {"storage_key", "object_version", "tenant_id"} & set(answer)


def test_the_last_page_has_no_cursor() -> None:
    page = PageAnswer[Answer](items=[], next_cursor=None)
    assert page.model_dump() == {"items": [], "next_cursor": None}
