"""Registration is closed in production unless the operator opens it, and elsewhere open or by mail."""

import pytest

from local.paths import ROOT
from local.template.document import PROVISIONED, Template

HERE = {"AwsEndpoint": "http://127.0.0.1:1", "TablesEndpoint": "http://127.0.0.1:1", "S3Endpoint": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("stage", "sender", "chosen", "value"),
    [
        ("prod", "", "", "closed"),
        ("prod", "maas@example.com", "", "closed"),
        ("prod", "", "open", "open"),
        ("prod", "", "invited", "invited"),
        ("dev", "", "", "open"),
        ("dev", "maas@example.com", "", "verified"),
        ("dev", "maas@example.com", "open", "open"),
        ("local", "", "", "open"),
        ("dev", "", "closed", "closed"),
    ],
)
def test_a_stage_has_its_own_default(stage: str, sender: str, chosen: str, value: str) -> None:
    parameters = {"Stage": stage, "MailSender": sender, "Registration": chosen}
    template = Template(ROOT / "template.yaml", {**parameters, **HERE})
    for name in template.of_type(*PROVISIONED):
        template.set_attributes(name, {"Ref": name})
    found = template.properties("AuthFunction", without=["Policies"])["Environment"]["Variables"]
    assert found["MAAS_REGISTRATION"] == value
