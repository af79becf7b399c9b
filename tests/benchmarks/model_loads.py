"""Measures how long ONNX Runtime needs for the session of a file, by three ways of loading it.

`python -m tests.benchmarks.model_loads [MIB]` writes files of MIB (100) mebibytes, a forest of an eighth of it, and one
of 10,000 nodes. New processes load each in turns: with the library's own options but for one thread (default), with
those that models are served with (ours), and from the optimized graph that a load before has written, which is not
optimized again (optimized). Figures are milliseconds of processor time, medians of 5, and the MiB that the process has
taken at most after it has called the model once. All three must give the same bits.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime as ort

from local.paths import ROOT
from maas.adapters.onnx.options import session_options
from tests.benchmarks.large_files import KINDS, written
from tests.samples import hostile_onnx

_ROUNDS, _MIB, _NODES = 5, 1024 * 1024, 10_000
_WAYS = ("default", "ours", "optimized")
_INPUTS = {"table": np.ones((100,), np.int64), "convolutions": np.ones((1, 256, 8, 8), np.float32)}


def main(size: int) -> None:
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    print(f"| model | {' | '.join(_WAYS)} | {' | '.join(f'{way}, MiB' for way in _WAYS)} |\n|{' --- |' * 7}")
    with tempfile.TemporaryDirectory() as name:
        for kind in [*KINDS, "nodes"]:
            file = Path(name) / f"{kind}.onnx"
            if kind == "nodes":
                file.write_bytes(hostile_onnx.chain(_NODES).SerializeToString())
            else:
                written(file, kind, size // KINDS[kind], 1)
            _show(kind, file)
            file.unlink()


def _show(kind: str, file: Path) -> None:
    _run("write", kind, file)
    found = [[_run(way, kind, file) for way in _WAYS] for _ in range(_ROUNDS)]
    assert len({each["digest"] for each in [*chain.from_iterable(found)]}) == 1, f"{kind}: the values differ"
    figures = [
        f"{median(each[part] for each in way):.0f}" for part in ("load", "memory") for way in zip(*found, strict=True)
    ]
    print(f"| {kind} | {' | '.join(figures)} |", flush=True)


def _run(way: str, kind: str, file: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.model_loads", way, kind, str(file)]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def _loaded(way: str, kind: str, file: Path) -> dict[str, Any]:
    options, optimized = session_options(), file.with_suffix(".optimized.onnx")
    if way == "default":
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
    elif way == "write":
        options.optimized_model_filepath = str(optimized)
    elif way == "optimized":
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    started = time.process_time()
    session = ort.InferenceSession(
        str(optimized if way == "optimized" else file), options, providers=["CPUExecutionProvider"]
    )
    load = (time.process_time() - started) * 1000
    given = _INPUTS.get(kind, np.ones((100, 1024), np.float32) if kind != "nodes" else np.ones(100, np.float32))
    digest = hashlib.sha256(session.run(None, {"x": given})[0].tobytes()).hexdigest()
    [memory] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return {"load": load, "digest": digest, "memory": int(memory.split()[1]) / 1024}


if __name__ == "__main__":
    if len(sys.argv) > 3:
        print(json.dumps(_loaded(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
    else:
        main(int(sys.argv[1] if len(sys.argv) > 1 else 100) * _MIB)
