"""The rotator function with events/rotator/*.json and the template's own secrets."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.events.rotations import Rotations
from maas.domain.errors import InvalidInput, NotFound
from maas.security.keyring import Keyring
from tests.support.aws import ROOT, Aws
from tests.support.captured_logs import logged
from tests.support.http_gateway import CONTEXT

EVENTS = ROOT / "events" / "rotator"
STEPS = ["create", "set", "test", "finish"]
Rotate = Callable[..., None]


def _event(case: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / f"{case}.json").read_text())
    return {name: value for name, value in (found | changes).items() if value is not None}


@pytest.fixture(scope="module")
def rotate(aws: Aws) -> Rotate:
    handler = aws.load("RotatorFunction").handler

    def call(case: str, **changes: Any) -> None:
        assert handler(_event(case, **changes), CONTEXT) is None

    return call


def test_this_module_uses_every_event() -> None:
    assert sorted(path.stem for path in EVENTS.glob("*.json")) == sorted([*STEPS, "unknown-step"])


@pytest.mark.parametrize("owner", ["AuthFunction", "ModelsFunction"])
def test_the_events_rotate_each_secret_of_the_template(aws: Aws, rotate: Rotate, owner: str) -> None:
    variable = "MAAS_TOKEN_SECRET" if owner == "AuthFunction" else "MAAS_SERVICE_SECRET"
    secret_id = aws.application.functions[owner].environment[variable]
    client, version = aws.client("secretsmanager"), Rotations(aws.endpoint).announce(secret_id)
    before = client.get_secret_value(SecretId=secret_id, VersionStage="AWSCURRENT")["SecretString"]
    with logged() as log:
        for case in STEPS:
            rotate(case, SecretId=secret_id, ClientRequestToken=version)
    after = client.get_secret_value(SecretId=secret_id, VersionStage="AWSCURRENT")
    assert after["VersionId"] == version
    keyring = Keyring.parse(after["SecretString"])
    assert keyring.previous
    assert keyring.previous.kid == Keyring.parse(before).current.kid
    assert log().count("rotation step taken") == len(STEPS)
    assert keyring.rotated_at
    held = json.loads(after["SecretString"])
    assert not [name for name in ("current", "previous") if held[name] in log()]


@pytest.mark.parametrize("case", STEPS)
def test_an_unknown_secret_is_not_found(rotate: Rotate, case: str) -> None:
    with pytest.raises(NotFound, match="secret not found"):
        rotate(case)


def test_an_unknown_step_is_refused(rotate: Rotate) -> None:
    with pytest.raises(InvalidInput, match="createSecret, setSecret, testSecret, finishSecret"):
        rotate("unknown-step")


@pytest.mark.parametrize("name", ["Step", "SecretId", "ClientRequestToken"])
@pytest.mark.parametrize("value", [None, "", 7, ["createSecret"]])
def test_an_incomplete_event_is_refused(rotate: Rotate, name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=name):
        rotate("create", **{name: value})
