from pathlib import Path

import pytest

from local import programs


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the only folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(path: Path, name: str, output: str = "") -> None:
    program = path / name
    program.write_text(f"#!/bin/sh\necho '{output}'\n")
    program.chmod(0o755)


def test_a_program_built_from_source_needs_go(path: Path) -> None:
    assert programs.missing_tool("minio") == "Go to build it"
    install(path, "go")
    assert programs.missing_tool("minio") == ""


def test_dynoxide_needs_rust(path: Path) -> None:
    assert programs.missing_tool("dynoxide") == "Rust (cargo) to build it"
    install(path, "cargo")
    assert programs.missing_tool("dynoxide") == ""


def test_prometheus_needs_the_packages_of_debian(path: Path) -> None:
    assert programs.missing_tool("prometheus") == "apt-get and dpkg-deb to fetch it"
    for name in ("apt-get", "dpkg-deb"):
        install(path, name)
    assert programs.missing_tool("prometheus") == ""


def test_dynamodb_local_needs_maven_and_a_jdk(path: Path) -> None:
    assert programs.missing_tool("dynamodb-local") == "JDK 17 or newer to run it"
    install(path, "java")
    assert programs.missing_tool("dynamodb-local") == "JDK 17 or newer to run it"
    install(path, "javac", "javac 17.0.15")
    assert programs.missing_tool("dynamodb-local") == "Maven to fetch it"
    install(path, "mvn")
    assert programs.missing_tool("dynamodb-local") == ""


@pytest.mark.parametrize("version", ["javac 1.8.0_402", "javac 11.0.2", "no version"])
def test_an_older_jdk_is_not_enough(path: Path, version: str) -> None:
    for name in ("java", "mvn"):
        install(path, name)
    install(path, "javac", version)
    assert programs.missing_tool("dynamodb-local") == "JDK 17 or newer to run it"


def test_a_browser_is_installed_in_ci_by_root_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(path, "apt-get")
    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setenv("CI", "true")
    assert programs.missing_tool("chromium") == ""
    monkeypatch.delenv("CI")
    assert programs.missing_tool("chromium") == "CI=true, root and apt-get to install it"
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr("os.getuid", lambda: 1000)
    assert programs.missing_tool("chromium") == "CI=true, root and apt-get to install it"


def test_a_browser_is_found_under_each_of_its_names(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(path))
    assert programs.find("chromium") is None
    install(path, "google-chrome")
    assert programs.find("chromium") == str(path / "google-chrome")
    install(path, "chromium")
    assert programs.find("chromium") == str(path / "chromium")
