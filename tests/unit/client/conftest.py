"""The client's tests never see the configuration, or the login, of the person who runs them."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _without_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAAS_CONFIG_DIR", str(tmp_path / "config"))
