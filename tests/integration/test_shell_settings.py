"""Every setting of functions and registry that a shell may hold is used by the local stack, or refused."""

import re

import pytest

from local import shell_settings
from local.errors import StackError
from local.paths import ROOT
from local.servers.ports import listen

_READ = re.compile(r'env\("([A-Z0-9_]+)"|^CERT, KEY, CLIENT_CA = (.+)$', re.MULTILINE)


def _settings() -> set[str]:
    """The variables that the code of functions and registry reads, without those that Lambda sets."""
    code = "".join(
        path.read_text() for folder in ("layers/shared", "functions") for path in (ROOT / folder).rglob("*.py")
    )
    found = {name for name, _ in _READ.findall(code) if name and not name.startswith("AWS_LAMBDA_")}
    return found | set(re.findall(r'"(MAAS_REGISTRY_TLS_\w+)"', code))


def test_settings_with_an_effect_are_used() -> None:
    given = {
        "LOG_LEVEL": "debug",
        "MAAS_MAX_UPLOAD_BYTES": "5",
        "MAAS_REGISTRY_AUTH": "off",
        "MAAS_PINNED_MODEL": "o/iris@a",
    }
    read = shell_settings.read(given | {"MAAS_REGISTRY_CALLS_MAX": "7", "HOME": "/"})

    assert read.parameters == {
        "LogLevel": "DEBUG",
        "MaxUploadBytes": "5",
        "RegistryAuth": "off",
        "PinnedModel": "o/iris@a",
    }
    assert read.registry == {"MAAS_REGISTRY_CALLS_MAX": "7"}


@pytest.mark.parametrize("name", sorted(_settings()))
def test_no_setting_is_dropped_in_silence(name: str) -> None:
    value = "127.0.0.1:0" if name == shell_settings.METRICS_LISTEN else "1"
    try:
        read = shell_settings.read({name: value})
    except StackError as error:
        assert str(error).startswith(f"{name} is set in this shell")  # noqa: PT017
    else:
        assert len(read.parameters) + len(read.registry) == 1


def test_the_registry_s_settings_were_found() -> None:
    assert {"LOG_LEVEL", "MAAS_S3_ENDPOINT", "MAAS_REGISTRY_TLS_CERT"} <= _settings()


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(StackError, match="MAAS_REGISTRY_METRIC_LISTEN is set in this shell"):
        shell_settings.read({"MAAS_REGISTRY_METRIC_LISTEN": "127.0.0.1:9464"})


def test_variables_of_the_tests_and_empty_ones_are_ignored() -> None:
    read = shell_settings.read({"MAAS_URL": "http://x", "MAAS_S3_ENDPOINT": ""})
    assert (read.parameters, read.registry) == ({}, {})


def test_the_metrics_address_names_a_real_port() -> None:
    address = shell_settings.read({"MAAS_REGISTRY_METRICS_LISTEN": "127.0.0.1:0"}).registry[
        "MAAS_REGISTRY_METRICS_LISTEN"
    ]
    assert re.fullmatch(r"127\.0\.0\.1:[1-9]\d{3,4}", address)


@pytest.mark.parametrize("value", ["9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536"])
def test_a_malformed_metrics_address_is_refused(value: str) -> None:
    with pytest.raises(StackError, match="MAAS_REGISTRY_METRICS_LISTEN must be host:port"):
        shell_settings.read({"MAAS_REGISTRY_METRICS_LISTEN": value})


def test_a_taken_metrics_port_is_refused_at_once() -> None:
    with listen(0) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(StackError, match=r"MAAS_REGISTRY_METRICS_LISTEN: port \d+ can't be used"):
            shell_settings.read({"MAAS_REGISTRY_METRICS_LISTEN": address})


def test_variables_of_the_client_are_left_alone_and_none_is_forgotten() -> None:
    folder = ROOT / "clients" / "python" / "src" / "maas_client"
    code = "".join(path.read_text() for path in folder.rglob("*.py"))
    named = set(re.findall(r'environ\.get\(\s*"(MAAS_\w+)"', code))

    assert named == set(shell_settings.OF_THE_CLIENT)
    read = shell_settings.read(dict.fromkeys(named, "1"))
    assert (dict(read.parameters), dict(read.registry)) == ({}, {})
