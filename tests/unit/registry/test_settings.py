"""The registry's settings: defaults, and values that are refused at the start."""

import pytest

from functions.registry.settings import Settings
from maas.platform.environment import SettingsError, read

NEEDED = {"MAAS_REGISTRY_TABLE": "t", "MAAS_IDENTITY_TABLE": "i", "MAAS_SERVICE_SECRET": "s"}


def test_the_default_is_loopback_with_tokens() -> None:
    settings = read(Settings, NEEDED)
    assert (settings.auth, settings.listen) == ("on", "127.0.0.1:9090")


@pytest.mark.parametrize("listen", ["127.0.0.1:9090", "127.8.9.1:1", "[::1]:9090", "localhost:0"])
def test_auth_off_is_allowed_on_loopback(listen: str) -> None:
    assert read(Settings, {**NEEDED, "MAAS_REGISTRY_AUTH": "off", "MAAS_REGISTRY_LISTEN": listen}).auth == "off"


@pytest.mark.parametrize("listen", ["0.0.0.0:9090", "[::]:9090", "10.0.0.1:9090", ":9090", "localhost.evil.com:1", "x"])
def test_auth_off_is_refused_on_other_addresses(listen: str) -> None:
    with pytest.raises(SettingsError, match="loopback only"):
        read(Settings, {**NEEDED, "MAAS_REGISTRY_AUTH": "off", "MAAS_REGISTRY_LISTEN": listen})


def test_auth_must_be_on_or_off() -> None:
    with pytest.raises(SettingsError, match="on or off"):
        read(Settings, {**NEEDED, "MAAS_REGISTRY_AUTH": "yes"})


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"CERT": "c"}, "MAAS_REGISTRY_TLS_KEY"),
        ({"CERT": "c", "CLIENT_CA": "a"}, "MAAS_REGISTRY_TLS_KEY"),
        ({"KEY": "k"}, "MAAS_REGISTRY_TLS_CERT"),
        ({"KEY": "k", "CLIENT_CA": "a"}, "MAAS_REGISTRY_TLS_CERT"),
        ({"CLIENT_CA": "a"}, "MAAS_REGISTRY_TLS_CERT"),
    ],
)
def test_tls_needs_a_certificate_and_its_key(given: dict[str, str], missing: str) -> None:
    with pytest.raises(SettingsError, match=f"^{missing} is not set"):
        read(Settings, NEEDED | {f"MAAS_REGISTRY_TLS_{name}": value for name, value in given.items()})


def test_mutual_tls_does_not_allow_auth_off_elsewhere() -> None:
    files = {f"MAAS_REGISTRY_TLS_{name}": "file" for name in ("CERT", "KEY", "CLIENT_CA")}
    with pytest.raises(SettingsError, match="loopback only"):
        read(Settings, NEEDED | files | {"MAAS_REGISTRY_AUTH": "off", "MAAS_REGISTRY_LISTEN": "0.0.0.0:9090"})


@pytest.mark.parametrize("name", ["MAAS_AWS_ENDPOINT", "MAAS_TABLES_ENDPOINT"])
@pytest.mark.parametrize("endpoint", ["foo", "127.0.0.1:5000", "ftp://x"])
def test_an_endpoint_must_be_a_url(name: str, endpoint: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read(Settings, {**NEEDED, name: endpoint})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "LOUD"),
        ("LOG_LEVEL", ""),
        ("MAAS_REGISTRY_CALLS_MAX", "0"),
        ("MAAS_REGISTRY_CALLS_MAX", "many"),
        ("MAAS_REGISTRY_METRICS_LISTEN", "9464"),
        ("MAAS_REGISTRY_METRICS_LISTEN", ":9464"),
        ("MAAS_REGISTRY_METRICS_LISTEN", "localhost:metrics"),
        ("MAAS_REGISTRY_METRICS_LISTEN", "localhost:99999"),
    ],
)
def test_a_malformed_value_is_refused_by_the_name_of_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} "):
        read(Settings, {**NEEDED, name: value})


def test_limit_metrics_and_level_have_defaults() -> None:
    settings = read(Settings, {**NEEDED, "LOG_LEVEL": "debug", "MAAS_REGISTRY_METRICS_LISTEN": "127.0.0.1:9464"})
    assert (settings.calls_max, settings.metrics) == (256, "127.0.0.1:9464")
    assert read(Settings, NEEDED).metrics == ""
