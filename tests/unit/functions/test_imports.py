"""What each function's module loads. Every cold start pays for it, so `imports.yaml` has what each one may load."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.aws_account import CREDENTIALS
from local.paths import ROOT
from local.template.specs import FunctionSpec
from tools.openapi_document.apps import application

ALLOWED: dict[str, dict[str, list[str]]] = yaml.safe_load(Path(__file__).with_name("imports.yaml").read_text())
# Packages that take long to import, or that only some functions have in their layers.
HEAVY = {
    *("argon2", "boto3.dynamodb", "cryptography", "datasketches", "fastapi", "google.protobuf", "grpc", "httpcore2"),
    *("itsdangerous", "jwt", "mangum", "nanoarrow", "numpy", "onnx", "onnxruntime", "pydantic", "redis", "semver"),
    "starlette",
}
# Every function has something of these.
EVERYWHERE = {"adapters", "domain", "entrypoints", "platform"}
SHARED = ROOT / "layers/shared/python"
_PROGRAM = """
import gc, json, os, sys
import app
print(json.dumps([sorted(sys.modules), gc.isenabled(), gc.get_freeze_count()]), flush=True)
os._exit(0)
"""


def specs() -> dict[str, FunctionSpec]:
    return {spec.code.name: spec for spec in application().functions.values()}


@cache
def imported(function: str, start: str = "on-demand") -> Any:
    """The modules of a process that has imported the handler, and the state of its garbage collector.

    With the start `provisioned-concurrency` it loads what otherwise waits for a first request.
    """
    spec = specs()[function]
    path = os.pathsep.join(map(str, spec.layers))
    environment = {**os.environ, **CREDENTIALS, **spec.environment, "PYTHONPATH": path, "AWS_LAMBDA_FUNCTION_NAME": "f"}
    environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = start
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, cwd=spec.code, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@cache
def layer_of(function: str) -> set[str]:
    """The distributions of a function's layer of libraries."""
    pattern = rf"CodeUri: functions/{function}\b.*?Layers: \[!Ref SharedLayer, !Ref (\w+)Layer\]"
    found = re.search(pattern, (ROOT / "template.yaml").read_text(), re.DOTALL)
    assert found, function
    lines = (ROOT / "layers/deps" / f"{found[1].lower()}.txt").read_text().splitlines()
    return {line.partition("==")[0].partition("[")[0] for line in lines if "==" in line}


def area(module: str) -> str:
    """What a module of ours belongs to: a subject of the domain, a system that an adapter speaks to, or a layer."""
    folders = module.split(".")[1:3]
    is_folder = (SHARED / Path("maas", *folders)).is_dir()
    return ".".join(folders if folders[0] in ("adapters", "domain") and is_folder else folders[:1])


@pytest.mark.parametrize("function", ALLOWED)
def test_a_function_loads_only_the_packages_that_it_needs(function: str) -> None:
    loaded = HEAVY & set(imported(function)[0])
    assert sorted(loaded - set(ALLOWED[function]["packages"])) == []


@pytest.mark.parametrize("function", ALLOWED)
def test_a_function_s_layers_have_the_packages_that_it_loads(function: str) -> None:
    owners, libraries = metadata.packages_distributions(), layer_of(function)
    for package in HEAVY & set(imported(function, "provisioned-concurrency")[0]):
        names = {name.lower().replace("_", "-") for name in owners[package.partition(".")[0]]}
        assert names & libraries, package


@pytest.mark.parametrize("function", ALLOWED)
def test_a_function_loads_only_the_subjects_that_it_is_about(function: str) -> None:
    loaded = {area(module) for module in imported(function)[0] if module.startswith("maas.")}
    assert sorted(loaded - EVERYWHERE - set(ALLOWED[function]["areas"])) == []


@pytest.mark.parametrize("function", ALLOWED)
def test_the_garbage_collector_begins_with_the_first_event(function: str) -> None:
    _, is_on, frozen = imported(function)
    assert is_on
    assert frozen > 10_000


def test_every_function_has_its_list() -> None:
    assert set(ALLOWED) == set(specs())
