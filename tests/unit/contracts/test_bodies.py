"""The public bodies: request bodies are strict, and the contracts' limits are those of the domain."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from maas.contracts import aliases as alias_bodies
from maas.contracts import inference as inference_bodies
from maas.contracts import uploads as upload_bodies
from maas.contracts.base import Answer, Body, PageAnswer
from maas.contracts.models import CreateModel, PatchModel, ReplaceModel
from maas.contracts.versions import CreateVersion
from maas.domain.catalog.aliases import PRODUCTION
from maas.domain.catalog.references import REFERENCE_MAX
from maas.domain.uploads.sessions import SIGN_MAX


def _subclasses(kind: type[BaseModel]) -> list[type[BaseModel]]:
    return [found for child in kind.__subclasses__() for found in (child, *_subclasses(child))]


@pytest.mark.parametrize("body", _subclasses(Body))
def test_every_request_body_is_strict_and_refuses_unknown_fields(body: type[BaseModel]) -> None:
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
def test_a_body_with_a_wrong_field_is_refused(body: type[Body], given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        body.model_validate(given)


def test_the_contracts_have_the_limits_of_the_domain() -> None:
    """Contracts import nothing of the domain, so that a client can ship them."""
    assert alias_bodies.PRODUCTION == PRODUCTION
    assert inference_bodies.REFERENCE_MAX == REFERENCE_MAX
    assert upload_bodies.SIGN_MAX == SIGN_MAX


def test_the_last_page_has_no_cursor() -> None:
    page = PageAnswer[Answer](items=[], next_cursor=None)
    assert page.model_dump() == {"items": [], "next_cursor": None}
