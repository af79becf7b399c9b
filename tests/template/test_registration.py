"""Registration is closed in production unless the operator opens it."""

import pytest

from local.paths import ROOT
from local.template.document import PROVISIONED, Template

HERE = {"AwsEndpoint": "http://127.0.0.1:1", "TablesEndpoint": "http://127.0.0.1:1", "S3Endpoint": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("stage", "chosen", "value"),
    [
        ("prod", "", "closed"),
        ("prod", "open", "open"),
        ("prod", "invited", "invited"),
        ("dev", "", "open"),
        ("local", "", "open"),
        ("dev", "closed", "closed"),
    ],
)
def test_a_stage_has_its_own_default(stage: str, chosen: str, value: str) -> None:
    template = Template(ROOT / "template.yaml", {"Stage": stage, "Registration": chosen, **HERE})
    for name in template.of_type(*PROVISIONED):
        template.set_attributes(name, {"Ref": name})
    found = template.properties("AuthFunction", without=["Policies"])["Environment"]["Variables"]
    assert found["MAAS_REGISTRATION"] == value
