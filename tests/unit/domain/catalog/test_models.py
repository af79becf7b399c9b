from collections.abc import Callable
from typing import Any

import pytest

from maas.domain.catalog.models import Framework, ModelStatus, NewModel, framework, status
from maas.domain.errors import InvalidInput


def test_frameworks_and_statuses_match_the_wire_contract() -> None:
    assert list(Framework) == ["pytorch", "tensorflow", "onnx", "sklearn", "xgboost", "custom"]
    assert list(ModelStatus) == ["pending", "building", "ready", "deploying", "running", "failed", "archived"]


@pytest.mark.parametrize(("read", "field"), [(framework, "framework"), (status, "status")])
@pytest.mark.parametrize("value", ["", "ONNX", "Ready", "x" * 1000])
def test_an_unknown_value_is_refused_with_its_field(read: Callable[[str], Any], field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(value)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == (field, "enum")
    assert value not in caught.value.message.split() or not value


def test_checked_returns_every_field_in_stored_form() -> None:
    new = NewModel(name="Iris", framework="onnx", tags=("A", "a"), metadata={"k": "v"}, version="v1.0.0").checked()
    assert (new.framework, new.tags, new.version) == (Framework.ONNX, ("a",), "v1.0.0")


@pytest.mark.parametrize(
    ("field", "new"),
    [
        ("name", NewModel(name=" ", framework="onnx")),
        ("framework", NewModel(name="a", framework="keras")),
        ("description", NewModel(name="a", framework="onnx", description="d" * 4097)),
        ("tags[0]", NewModel(name="a", framework="onnx", tags=("!",))),
        ("metadata.k", NewModel(name="a", framework="onnx", metadata={"k": "\x00"})),
    ],
)
def test_checked_names_the_field_that_breaks_its_rule(field: str, new: NewModel) -> None:
    with pytest.raises(InvalidInput) as caught:
        new.checked()
    assert caught.value.fields[0].field == field
