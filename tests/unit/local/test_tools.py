from pathlib import Path

import pytest

from local import tools


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(programs: Path, name: str, says: str = "") -> None:
    program = programs / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)


def test_what_is_built_from_source_needs_go(programs: Path) -> None:
    assert tools.lacking("minio") == "Go to build it"
    install(programs, "go")
    assert tools.lacking("minio") == ""


def test_dynamodb_local_needs_maven_and_a_jdk(programs: Path) -> None:
    assert tools.lacking("dynamodb-local") == "JDK 17 or newer to run it"
    install(programs, "java")
    assert tools.lacking("dynamodb-local") == "JDK 17 or newer to run it"
    install(programs, "javac", "javac 17.0.15")
    assert tools.lacking("dynamodb-local") == "Maven to fetch it"
    install(programs, "mvn")
    assert tools.lacking("dynamodb-local") == ""


@pytest.mark.parametrize("version", ["javac 1.8.0_402", "javac 11.0.2", "no version"])
def test_an_older_jdk_will_not_do(programs: Path, version: str) -> None:
    for name in ("java", "mvn"):
        install(programs, name)
    install(programs, "javac", version)
    assert tools.lacking("dynamodb-local") == "JDK 17 or newer to run it"
