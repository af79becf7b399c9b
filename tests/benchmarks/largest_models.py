"""`python -m tests.benchmarks.largest_models` validates and calls models of 90 % of the limit in Lambda's image.

The containers have the memory that template.yaml gives the functions, and no swap, so a process that needs more is
killed. The program fails if a model that is within the limit is refused or is not answered.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from local.paths import ROOT
from local.sam import cli, docker
from local.template import intrinsics
from maas.domain.errors import InvalidInput
from maas.domain.model_memory import MIB, file_max
from maas.domain.uploads.sessions import plan
from tests.benchmarks.large_files import KINDS, written
from tests.sam.built import BuiltFunction, functions
from tests.sam.lambda_image import IMAGE

_PROBE = Path(__file__).with_name("largest_models_probe.py")
_PERCENT = 90


def main() -> None:
    """Prints one line for each step, and a table of peaks in MiB and of seconds."""
    memory = {name: _parameter(f"{name}Memory") for name in ("Inference", "Validator")}
    limit = file_max(memory["Inference"], memory["Validator"])
    _check_refused(limit)
    built = {function.name: function for function in functions(cli.build(cli.WORK / "tests"))}
    print("| models | size, MiB | step | peak, MiB | of MiB | seconds |\n| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(dir=cli.WORK) as name:
        folder = Path(name)
        folder.chmod(0o755)  # the containers run as another user
        for kind, share in KINDS.items():
            size = limit * _PERCENT // 100 // share
            files = [written(folder / f"{kind}-{seed}.onnx", kind, size, seed) for seed in (1, 2)]
            for step, function in (("validate", "Validator"), ("serve", "Inference")):
                result = _run(built[f"{function}Function"], memory, folder, step, files)
                seconds = ", ".join(f"{each:.1f}" for each in result["seconds"])
                print(f"| {kind} | {size // MIB} | {step} | {result['peak'] // MIB} | {memory[function]} | {seconds} |")
                sys.stdout.flush()
            for file in files:
                file.unlink()


def _parameter(name: str) -> int:
    return int(intrinsics.load(ROOT / "template.yaml")["Parameters"][name]["Default"])


def _check_refused(limit: int) -> None:
    """Starts an upload of 110 % of the limit. Raises AssertionError unless it is refused."""
    try:
        plan(limit * 110 // 100, None, limit)
    except InvalidInput as error:
        print(f"110 %: {error.message}")
    else:
        raise AssertionError("110 % of the limit is accepted")


def _run(function: BuiltFunction, memory: dict[str, int], folder: Path, step: str, files: list[Path]) -> dict[str, Any]:
    """The probe's result. Raises DockerError if it failed or was killed for memory."""
    size = memory[function.name.removesuffix("Function")]
    layers = [f"/layers/{number}" for number in range(len(function.layers))]
    path = ":".join(f"{layer}/python" for layer in layers)
    mounts = {"/probe.py": _PROBE, "/models": folder, **dict(zip(layers, function.layers, strict=True))}
    printed = docker.run(
        *("run", "--rm", "--network", "none", f"--memory={size}m", f"--memory-swap={size}m", "--user", "1000"),
        *(f"--volume={source}:{target}:ro" for target, source in mounts.items()),
        *(f"--env={key}={value}" for key, value in {"PYTHONPATH": path, "ORT_DISABLE_TELEMETRY": "1"}.items()),
        *("--entrypoint", "python3.13", IMAGE, "/probe.py", step, *map(str, memory.values())),
        *(f"/models/{file.name}" for file in files),
    )
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
