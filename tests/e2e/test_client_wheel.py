"""The built wheel alone, in an environment of its own: from the log-in to predictions of a CSV file."""

import os
import re
import secrets
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.rounds import FULL
from tests.support.stack_users import PASSWORD
from tests.support.stacks import ROOT, RunningStack

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(600)]
_UV = next(iter(sorted((ROOT / ".maas").glob("uv-*/bin/uv"))), None)
# Seconds for six commands, besides training. A gate that shares its machine gets more.
_BUDGET = 30.0 if FULL else 90.0
_TRAIN = """
import pickle, sys
from sklearn import datasets, linear_model, pipeline, preprocessing
data = datasets.load_wine(as_frame=True)
model = pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression(max_iter=500))
model.fit(data.data, data.target_names[data.target])
data.data[::10].to_csv("wine.csv", index=False)
data.data[:20].to_pickle("example.pickle")
with open("model.pickle", "wb") as file:
    pickle.dump((model, list(model.predict(data.data[::10]))), file)
"""
# Runs pytest with the wheel in front of the checkout, whose tests alone are wanted.
_TESTED = """
import sys
import maas_client, pytest
print(f"{sys.version_info[0]}.{sys.version_info[1]}", maas_client.__file__)
sys.path.append(sys.argv[1])
sys.exit(pytest.main(sys.argv[2:]))
"""
_PUSH = """
import pickle
import pandas
from maas_client import Client
model, _ = pickle.load(open("model.pickle", "rb"))
with Client() as client:
    client.push(model, model="wine", version="1.0.0", example=pandas.read_pickle("example.pickle"))
"""


# Tests that need the client alone. The others compare it with the server, which needs Python 3.11.
_ALONE = ("cli_login", "exchange", "names", "registrations", "sender", "sessions")


def _run(*command: str | Path, folder: Path, stdin: str = "", **env: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAAS_", "PYTHON", "VIRTUAL"))}
    done = subprocess.run(
        [*map(str, command)], cwd=folder, env={**clean, **env}, input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, which is built beside an sdist."""
    if _UV is None:
        pytest.skip("uv is not in .maas: run ./local/test once")
    folder = tmp_path_factory.mktemp("built")
    _run(_UV, "build", "--quiet", "--out-dir", folder, ROOT / "clients" / "python", folder=folder)
    [wheel], [_] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and the extra for conversions, and nothing of the server."""
    assert _UV
    folder = tmp_path_factory.mktemp("wheel")
    _run(_UV, "venv", "--quiet", folder / "venv", folder=folder)
    wanted = [f"{wheel}[onnx]", "scikit-learn", "pandas"]
    _run(_UV, "pip", "install", "--quiet", "--python", folder / "venv", *wanted, folder=folder)
    return folder / "venv" / "bin"


def test_six_commands_lead_from_a_login_to_predictions(
    environment: Path, local_stack: RunningStack, tmp_path: Path
) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    env = {"MAAS_CONFIG_DIR": str(tmp_path / "config"), "MAAS_API_URL": local_stack.url}
    maas, python = environment / "maas", environment / "python"
    _run(python, "-c", _TRAIN, folder=tmp_path)
    _run(maas, "auth", "register", "--email", email, "--password-stdin", folder=tmp_path, stdin=PASSWORD, **env)

    started = time.monotonic()
    _run(maas, "auth", "login", "--email", email, "--password-stdin", folder=tmp_path, stdin=PASSWORD, **env)
    _run(python, "-c", _PUSH, folder=tmp_path, **env)
    _run(maas, "versions", "publish", "wine:1.0.0", folder=tmp_path, **env)
    _run(maas, "models", "show", "wine", folder=tmp_path, **env)
    printed = _run(maas, "predict", "wine", "--input", "wine.csv", "--format", "csv", folder=tmp_path, **env)
    _run(maas, "auth", "logout", folder=tmp_path, **env)
    took = time.monotonic() - started

    expected = _run(python, "-c", "import pickle; print(*pickle.load(open('model.pickle', 'rb'))[1])", folder=tmp_path)
    assert [line.split(",")[0] for line in printed.splitlines()[1:]] == expected.split()
    assert took < _BUDGET


def _python310() -> str:
    """The path of a CPython 3.10, or an empty text. uv finds installed ones, but not those that pyenv hides."""
    assert _UV
    hidden = sorted(Path.home().glob(".pyenv/versions/3.10.*/bin/python3.10"))
    command = [str(_UV), "python", "find", "--no-project", "--no-python-downloads", "3.10"]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return found or (str(hidden[-1]) if hidden else "")


def test_the_wheel_runs_on_python_3_10(wheel: Path, tmp_path: Path) -> None:
    """The tests of the client that need no server, in an environment of that version with the wheel."""
    python = _python310()
    if not python:
        pytest.skip("there is no CPython 3.10: install one, for example with uv python install 3.10")
    assert _UV
    _run(_UV, "venv", "--quiet", "--python", python, tmp_path / "venv", folder=tmp_path)
    wanted = [str(wheel), "pytest>=9.2", "pytest-asyncio>=1.5"]
    _run(_UV, "pip", "install", "--quiet", "--python", tmp_path / "venv", *wanted, folder=tmp_path)
    tests = [ROOT / "tests" / "unit" / "client" / f"test_{name}.py" for name in _ALONE]
    options = ["-q", "--noconftest", "--import-mode=importlib", "-p", "no:cacheprovider", "-c", "/dev/null"]
    options += ["--rootdir", str(ROOT), "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"]
    command: list[str | Path] = [tmp_path / "venv" / "bin" / "python", "-c", _TESTED, ROOT, *options, *tests]
    printed = _run(*command, folder=tmp_path)
    assert printed.startswith("3.10 ")
    assert "site-packages/maas_client" in printed.splitlines()[0]
    assert re.search(r"^[1-9]\d+ passed", printed, re.MULTILINE), printed


def test_the_wheel_brings_nothing_of_the_server(environment: Path, tmp_path: Path) -> None:
    code = "import importlib.util as u; print(u.find_spec('maas'), u.find_spec('maas_client') is not None)"
    assert _run(environment / "python", "-c", code, folder=tmp_path) == "None True\n"
    assert _run(environment / "maas", "--version", folder=tmp_path).startswith("maas, version 0.1.0")
