"""The names of fields that the older contract reports."""

import pytest

from functions.registry.server.field_names import FIELD_NAMES
from maas.rpc import model_pb2

METHODS = list(model_pb2.DESCRIPTOR.services_by_name["ModelService"].methods)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_model_id_has_the_name_of_its_field_in_the_request(method: object) -> None:
    fields = method.input_type.fields_by_name  # type: ignore[attr-defined]
    names = FIELD_NAMES.get(f"/model.ModelService/{method.name}", {})  # type: ignore[attr-defined]
    assert names == ({"model_id": "id"} if "id" in fields else {})


def test_only_methods_that_exist_have_names() -> None:
    assert set(FIELD_NAMES) <= {f"/model.ModelService/{method.name}" for method in METHODS}
