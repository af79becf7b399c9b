from dataclasses import dataclass
from pathlib import Path

import pytest

from maas.platform.environment import AwsSettings, SettingsError, env, read
from maas.platform.settings.registry import RegistrySettings
from tests.support.certificates import Authority


@dataclass(frozen=True)
class Limits:
    size: int = env("LIMITS_SIZE")
    name: str = env("LIMITS_NAME", default="none")


def test_values_are_read_by_the_names_of_their_variables() -> None:
    found = read(RegistrySettings, {"MAAS_REGISTRY_ADDRESS": "registry:9090", "MAAS_SERVICE_SECRET": "arn"})
    assert found == RegistrySettings("registry:9090", "arn")


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError, match="MAAS_REGISTRY_ADDRESS is not set; MAAS_SERVICE_SECRET is not set"):
        read(RegistrySettings, {})


def test_an_empty_required_variable_counts_as_missing() -> None:
    with pytest.raises(SettingsError, match="LIMITS_SIZE is not set"):
        read(Limits, {"LIMITS_SIZE": ""})


def test_an_absent_variable_has_its_default() -> None:
    assert read(AwsSettings, {}).endpoint == ""
    assert read(Limits, {"LIMITS_SIZE": "1"}).name == "none"


def test_a_number_is_an_integer() -> None:
    assert read(Limits, {"LIMITS_SIZE": "5368709120"}).size == 5368709120


@pytest.mark.parametrize("text", ["5 GiB", "-1", "1.5", "²"])
def test_a_malformed_number_names_its_variable(text: str) -> None:
    with pytest.raises(SettingsError, match="LIMITS_SIZE is not a whole number"):
        read(Limits, {"LIMITS_SIZE": text})


def test_the_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAAS_AWS_ENDPOINT", "http://127.0.0.1:5000")
    assert read(AwsSettings).endpoint == "http://127.0.0.1:5000"


REGISTRY = {"MAAS_REGISTRY_ADDRESS": "registry:9090", "MAAS_SERVICE_SECRET": "arn"}


def test_the_registry_is_reached_in_plaintext_or_by_tls(tmp_path: Path) -> None:
    ca = Authority(tmp_path).roots
    assert read(RegistrySettings, REGISTRY).roots is None
    assert read(RegistrySettings, REGISTRY | {"MAAS_REGISTRY_TLS": "off", "MAAS_REGISTRY_CA": ""}).roots is None
    assert read(RegistrySettings, REGISTRY | {"MAAS_REGISTRY_TLS": "on"}).roots == ""
    assert read(RegistrySettings, REGISTRY | {"MAAS_REGISTRY_TLS": "on", "MAAS_REGISTRY_CA": ca}).roots == ca


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"TLS": "yes"}, "MAAS_REGISTRY_TLS must be on or off"),
        ({"TLS": ""}, "MAAS_REGISTRY_TLS must be on or off"),
        ({"TLS": "on", "CA": "/etc/ca.pem"}, "MAAS_REGISTRY_CA is not a PEM certificate"),
        ({"TLS": "on", "CA": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, "MAAS_REGISTRY_CA is no"),
        ({"TLS": "on", "CA": "\u00fc"}, "MAAS_REGISTRY_CA is not a PEM certificate"),
        ({"CA": "an unused CA"}, "MAAS_REGISTRY_CA is set, but MAAS_REGISTRY_TLS is off"),
    ],
)
def test_inconsistent_registry_settings_are_rejected(given: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        read(RegistrySettings, REGISTRY | {f"MAAS_REGISTRY_{name}": value for name, value in given.items()})
