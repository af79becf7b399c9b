"""`sam build` creates small and complete packages for Python 3.13, with any Python on the host."""

import ast
import os
import py_compile
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from local.paths import ROOT
from local.sam import cli, docker
from tests.sam import built as artifacts
from tests.sam import lambda_image
from tests.sam.built import BuiltFunction
from tests.support.printed import PRINTED, Recorder

DEPS = ROOT / "layers/deps"
# Modules that the handler starts in a process of their own.
_CHILD = ["formats.inspection_process", "formats.inspection_forks", "onnx.inspection", "formats.texts"]
# Packages whose files are read, and none of their modules: the event auth/docs shows that they are found.
FILES_ALONE = {"AuthFunction": ["fastapi-standalone-docs"]}
_MODELS = "maas.adapters.onnx.workers.forks_process"
CHILD_MODULES = {
    "ValidatorFunction": [f"maas.adapters.{name}" for name in _CHILD],
    # pybase64 is imported for the first body of bytes, the others for the first table of Arrow and the first sketches.
    "AuthFunction": ["pybase64"],
    "ModelsFunction": ["pybase64"],
    "InferenceFunction": [_MODELS, "nanoarrow.ipc", "maas.adapters.sketches.predictions", "pybase64"],
    "JobsFunction": [_MODELS, "maas.adapters.row_tables.parquet_process", "maas.adapters.sketches.predictions"],
    "ShadowFunction": [_MODELS],
}


@pytest.fixture
def damaged(tmp_path: Path, built: list[BuiltFunction]) -> Path:
    """A copy of a correct layer, for tests that damage it."""
    return Path(shutil.copytree(_layer(built, "AuthorizerFunction", 0), tmp_path / "layer"))


def test_every_function_is_within_lambda_s_size_limit(built: list[BuiltFunction], record_property: Recorder) -> None:
    sizes = [f"\n  {function.name:20} {function.size / 1e6:6.1f}" for function in built]
    record_property(PRINTED, f"unpacked, in MB: function with layers (limit 262.1){''.join(sizes)}")
    assert [function.name for function in built if function.size > artifacts.SIZE_MAX] == []


def test_every_layer_and_function_is_for_python_313(built: list[BuiltFunction]) -> None:
    parts = {part for function in built for part in function.parts}
    assert [name for part in parts for name in artifacts.foreign(part)] == []
    layers = {layer for function in built for layer in function.layers}
    assert [fault for layer in layers for fault in artifacts.badly_compiled(layer)] == []


def test_packages_have_only_files_that_functions_read(built: list[BuiltFunction]) -> None:
    assert [name for function in built for part in function.parts for name in artifacts.left_over(part)] == []


def test_botocore_has_data_of_the_services_in_use_only(built: list[BuiltFunction]) -> None:
    called = {
        node.args[0].value
        for file in (ROOT / "layers/shared/python/maas").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("client", "resource")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert called
    for function in built:
        models = next(path for layer in function.layers for path in layer.glob("python/botocore/data"))
        assert {path.name for path in models.iterdir() if path.is_dir()} == called


def test_every_handler_imports_with_its_layers_and_uses_all_their_packages(
    built: list[BuiltFunction],
) -> None:
    lambda_image.pull()
    loaded = {
        function.name: lambda_image.import_handler(_whole(function), *CHILD_MODULES.get(function.name, [])).loaded
        for function in built
    }
    unused = {}
    for function in built:
        # A package of a layer may be of use to another function with that layer.
        of_layer = [loaded[other.name] for other in built if other.layers == function.layers]
        unused[function.name] = artifacts.unused(function.packages, set().union(*of_layer))
    assert unused == {function.name: FILES_ALONE.get(function.name, []) for function in built}


def _whole(function: BuiltFunction) -> BuiltFunction:
    """The function as provisioned concurrency starts it, which loads what otherwise waits for a first request."""
    environment = {**function.environment, "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency"}
    return replace(function, environment=environment)


def test_a_handler_without_one_of_its_packages_fails_to_import(built: list[BuiltFunction]) -> None:
    lambda_image.pull()
    complete = next(function for function in built if function.name == "ModelsFunction")
    incomplete = BuiltFunction(complete.name, complete.code, complete.layers[:1], complete.environment)
    with pytest.raises(docker.DockerError) as failure:
        lambda_image.import_handler(incomplete)
    assert "ModuleNotFoundError" in failure.value.output


def test_a_package_that_no_handler_imports_is_found(built: list[BuiltFunction]) -> None:
    lambda_image.pull()
    validator = next(function for function in built if function.name == "ValidatorFunction")
    # Without its child process the validator has no use for onnx.
    loaded = lambda_image.import_handler(validator).loaded
    assert "onnx" in artifacts.unused(validator.packages, loaded)


def test_a_build_in_another_folder_has_the_same_bytes(built: list[BuiltFunction], tmp_path: Path) -> None:
    for target, source, layer in (
        ("AuthorizerLayer", DEPS, _layer(built, "AuthorizerFunction", 1)),
        ("SharedLayer", ROOT / "layers/shared", _layer(built, "AuthorizerFunction", 0)),
    ):
        again = tmp_path / target
        make = ["make", "--file", str(DEPS / "Makefile"), f"build-{target}", f"ARTIFACTS_DIR={again}"]
        environment = os.environ | {"UV": str(cli.find_uv())}
        subprocess.run(make, cwd=source, env=environment, check=True, capture_output=True, timeout=300)
        assert _contents(again) == _contents(layer)


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("no bytecode", "cpython-313"),
        ("bytecode of another Python", "magic"),
        ("bytecode is checked against the source", "flags"),
        ("bytecode of another source", "source"),
    ],
)
def test_a_badly_compiled_module_is_found(damaged: Path, fault: str, name: str) -> None:
    source = damaged / "python/maas/platform/environment.py"
    compiled = source.parent / "__pycache__/environment.cpython-313.pyc"
    content = compiled.read_bytes()
    if name == "cpython-313":
        compiled.unlink()
    elif name == "magic":
        py_compile.compile(str(source), str(compiled), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        if sys.version_info[:2] == (3, 13):
            compiled.write_bytes(bytes(4) + content[4:])
    elif name == "flags":
        compiled.write_bytes(content[:4] + (3).to_bytes(4, "little") + content[8:])
    else:
        source.write_text(source.read_text() + "# changed later\n")
    assert artifacts.badly_compiled(damaged) == [f"python/maas/platform/environment.py: {fault}"]


@pytest.mark.parametrize(
    "name", ["python/maas/tests/test_x.py", "python/maas/x.pyi", "python/maas/x.h", "python/.lock"]
)
def test_a_file_that_no_function_reads_is_found(damaged: Path, name: str) -> None:
    (damaged / name).parent.mkdir(exist_ok=True)
    (damaged / name).touch()
    assert any(name.startswith(found) for found in artifacts.left_over(damaged))


def test_an_extension_module_of_another_python_is_found(damaged: Path) -> None:
    for name in ("a.cpython-311-x86_64-linux-gnu.so", "b.cpython-313-darwin.so", "c.cpython-313-x86_64-linux-gnu.so"):
        (damaged / name).touch()
    assert artifacts.foreign(damaged) == ["a.cpython-311-x86_64-linux-gnu.so", "b.cpython-313-darwin.so"]


def test_a_function_that_is_too_large_is_found(built: list[BuiltFunction], damaged: Path) -> None:
    with (damaged / "large").open("wb") as file:
        file.truncate(artifacts.SIZE_MAX)
    function = BuiltFunction("Large", built[0].code, (damaged,), {})
    assert function.size > artifacts.SIZE_MAX


def test_an_unused_package_is_found_by_its_files(built: list[BuiltFunction]) -> None:
    packages = built[0].packages
    assert artifacts.unused(packages, []) == [package.name for package in packages]
    jwt = PathDistribution(next(built[0].layers[1].glob("python/pyjwt-*.dist-info")))
    assert artifacts.unused([jwt], ["jwt/__init__.py"]) == []


class TestPython313:
    """layers/deps/python3.13 finds a Python 3.13, because bytecode is valid for one version only."""

    def test_uv_provides_python_313(self, tmp_path: Path) -> None:
        found = _python313(tmp_path, {**os.environ, "UV": str(cli.find_uv())})
        assert found.returncode == 0, found.stderr
        assert found.stdout == "(3, 13) ['and more']\n"

    def test_docker_provides_python_313_if_the_host_has_none(self, tmp_path: Path) -> None:
        lambda_image.pull()
        client = shutil.which("docker")
        assert client is not None
        found = _python313(tmp_path, {"PATH": _path(tmp_path, "bash", "id", client)})
        assert found.returncode == 0, found.stderr
        assert found.stdout == "(3, 13) ['and more']\n"

    def test_a_missing_python_313_is_reported_in_one_line(self, tmp_path: Path) -> None:
        found = _python313(tmp_path, {"PATH": _path(tmp_path, "bash", "id")})
        assert found.returncode != 0
        assert found.stdout == ""
        assert found.stderr.count("\n") == 1
        assert "uv python install 3.13" in found.stderr


def _python313(folder: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    program = folder / "version.py"
    program.write_text("import sys; print(sys.version_info[:2], sys.argv[2:])")
    command = [str(DEPS / "python3.13"), str(program), str(folder), "and more"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def _path(folder: Path, *programs: str) -> str:
    """Returns a PATH with only these programs."""
    for program in programs:
        found = shutil.which(program)
        assert found is not None, program
        (folder / Path(program).name).symlink_to(found)
    return str(folder)


def _layer(built: list[BuiltFunction], function: str, number: int) -> Path:
    return next(found.layers[number] for found in built if found.name == function)


def _contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """The bytes and mode of each file by path."""
    return {
        str(file.relative_to(folder)): (file.read_bytes(), file.stat().st_mode)
        for file in folder.rglob("*")
        if file.is_file()
    }
