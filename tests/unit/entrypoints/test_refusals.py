import re

from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.entrypoints.refusals import object_of
from maas.web.paths import METHODS

BY = Principal("ada", "acme", frozenset(), frozenset())


def test_a_refusal_is_about_the_first_record_that_its_path_names() -> None:
    firsts = {found[1] for path in METHODS if (found := re.search(r"\{(\w+_id)\}", path))}
    assert {"webhook_id", "issuer_id", "model_id"} <= firsts
    for name in firsts:
        assert not object_of(BY, {name: new_id()}).startswith("organization/"), name
    assert object_of(BY, {"webhook_id": "a secret"}) == "organization/acme"
