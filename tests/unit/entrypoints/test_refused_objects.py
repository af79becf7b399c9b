"""The object of a refused request, by its path."""

import re

import pytest

from local.paths import ROOT
from maas.domain.ids import new_id
from maas.entrypoints.refusals import KINDS, object_of
from tests.support.registry_server import person

# They name no record of their own: the object is the model, or the webhook, in front of them.
_PARTS = {"alias", "ref", "subject", "delivery_id"}
_PARAMETERS = re.compile(r"\{(\w+)\}")


def test_every_path_parameter_is_an_object_or_a_part_of_one() -> None:
    paths = re.findall(r'Path: "?(/[^" ]+)', (ROOT / "template.yaml").read_text())
    named = {name for path in paths for name in _PARAMETERS.findall(path)}
    assert len(paths) > 60
    assert named == {*KINDS, *_PARTS}


@pytest.mark.parametrize(
    ("name", "kind"), [("model_id", "model"), ("webhook_id", "webhook"), ("issuer_id", "issuer"), ("user_id", "user")]
)
def test_an_id_in_any_spelling_is_the_object(name: str, kind: str) -> None:
    made = new_id()
    for text in (made, made.upper(), made.replace("-", ""), f"{{{made}}}"):
        assert object_of(person(), {name: text}) == f"{kind}/{made}"


@pytest.mark.parametrize("text", ["", "maas_secret", "\x00", "a" * 4000])
def test_a_text_that_is_no_id_is_left_out(text: str) -> None:
    by = person()
    assert object_of(by, {"key_id": text, "user_id": text}) == f"organization/{by.tenant_id}"
