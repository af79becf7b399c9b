import pytest

from maas.domain.errors import InvalidInput
from maas.domain.ids import new_id
from maas.domain.inference.pins import Pin, parse_pin
from maas.platform.environment import SettingsError, read
from maas.platform.pinned_settings import PinnedSettings

OWNER = "01939e4c-7d2a-7b02-8a41-90c2f3d4e5f6"


@pytest.mark.parametrize(
    ("text", "model", "ref"),
    [
        (f"{OWNER}/iris@production", "iris", "production"),
        (f"{OWNER.upper()}/iris@^1.2", "iris", "^1.2"),
        (f"{OWNER}/flowers/iris@latest", "flowers/iris", "latest"),
        (f"{OWNER}/a@b@1.0.0", "a@b", "1.0.0"),
    ],
)
def test_a_pin_has_an_organization_a_model_and_a_reference(text: str, model: str, ref: str) -> None:
    assert parse_pin(text, "pin") == Pin(OWNER, model, ref)


def test_a_pin_may_have_the_model_s_id() -> None:
    model_id = new_id()
    assert parse_pin(f"{OWNER}/{model_id.upper()}@latest", "pin").model == model_id


@pytest.mark.parametrize(
    "text",
    [
        "iris@production",
        "acme/iris@production",
        f"{OWNER}/iris",
        f"{OWNER}/@production",
        f"{OWNER}@production",
        f"{OWNER}/iris@",
        f"{OWNER}/iris@No Alias",
        "@",
    ],
)
def test_a_malformed_pin_is_refused_by_the_name_of_its_variable(text: str) -> None:
    with pytest.raises(InvalidInput, match="pin: "):
        parse_pin(text, "pin")
    with pytest.raises(SettingsError, match="MAAS_PINNED_MODEL"):
        read(PinnedSettings, {"MAAS_PINNED_MODEL": text})


def test_no_model_is_pinned_by_default() -> None:
    assert read(PinnedSettings, {}).pin is None
    assert read(PinnedSettings, {"MAAS_PINNED_MODEL": ""}).pin is None
