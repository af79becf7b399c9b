"""ONNX's own tests of nodes: our answer equals the one of ONNX Runtime alone, or a documented rule refuses.

The onnx package makes about 1,900 models with their values. The answers of ONNX Runtime alone are held against ours.
The files are inspected in one process that has the limits of the validator's child: a child each would take an hour.
"""

import json
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from maas.adapters.formats.inspector import _parsed
from maas.adapters.onnx import locales
from maas.domain.catalog.graphs import Inspection
from maas.domain.errors import MaasError
from tests.support.onnx_answers import Array, ours, refused_by, theirs
from tests.support.printed import PRINTED, Recorder

# Rules by which the validator refuses a file, as docs/api/uploads.md has them; the text begins so.
FILE_RULES = {
    "sequence or optional value": ("is a seq(", "is a optional("),
    "opset below 7": ("is too old: export the model with opset 7",),
}
# Rules by which a prediction refuses values, as docs/api/predictions.md and docs/limits.md have them.
VALUE_RULES = frozenset({"finite"})
# Operators that draw: two answers of ONNX Runtime alone differ too.
RANDOM = frozenset({"Bernoulli", "Dropout", "Multinomial", "RandomNormal", "RandomUniform"})
PROGRAM = """
import sys
from maas.adapters.formats import inspection_process as program, refusals
from maas.adapters.onnx import inspection
def each():
    while header := sys.stdin.buffer.read(8):
        data = sys.stdin.buffer.read(int.from_bytes(header, "big"))
        try:
            yield inspection.inspect(data)
        except refusals.RefusedError as error:
            yield {"reason": str(error)}
program.reader_of = lambda file: None
program.answer = lambda *_: list(each())
program.OUTPUT_MAX = 1 << 30
program.main(4 << 30, 4 << 30, 600)
"""


@dataclass(frozen=True)
class Known:
    """A model, and what ONNX Runtime alone answers to `inputs`."""

    name: str
    file: bytes
    inputs: Mapping[str, Array]
    outputs: Mapping[str, Any]


def answered_alone() -> list[Known]:
    """The node tests that ONNX Runtime loads and runs with tensors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.loader import load_model_tests

        cases = load_model_tests(kind="node")
    return [known for case in cases if (known := _known(case))]


def _known(case: Any) -> Known | None:
    file = case.model.SerializeToString()
    options = ort.SessionOptions()
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        names = [node.name for node in session.get_inputs()]
        inputs = dict(zip(names, case.data_sets[0][0], strict=False))
        outputs = session.run(None, inputs)
    except Exception:  # noqa: BLE001 (any error means that ONNX Runtime alone has no answer)
        return None
    if not all(isinstance(value, np.ndarray) for value in [*inputs.values(), *outputs]):
        return Known(case.name, file, {}, {})
    return Known(case.name, file, inputs, theirs(file, inputs))


def inspected(files: list[bytes]) -> list[Inspection | str]:
    """The inspections of all files, in a process with the child's limits."""
    given = b"".join(len(file).to_bytes(8, "big") + file for file in files)
    environment = {"PYTHONPATH": ":".join(entry for entry in sys.path if entry)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=given, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return [_parsed(json.dumps(answer).encode()) for answer in json.loads(done.stdout)]


def refused_file(reason: str) -> str:
    return next(rule for rule, marks in FILE_RULES.items() if any(mark in reason for mark in marks))


async def outcome(known: Known, found: Inspection | str) -> str:
    """`equal`, `different`, or the rule that refused."""
    if isinstance(found, str):
        return f"file: {refused_file(found)}"
    answer = await ours(known.file, found.signature, known.inputs)
    if isinstance(answer, MaasError):
        return f"values: {refused_by(answer)}"
    if answer == known.outputs:
        return "equal"
    draws = any(name in known.file.decode(errors="replace") for name in RANDOM)
    return "random" if draws and theirs(known.file, known.inputs) != known.outputs else "different"


@pytest.mark.timeout(900)
async def test_every_node_test_is_equal_or_refused_by_a_documented_rule(record_property: Recorder) -> None:
    locales.provide()
    known = answered_alone()
    found = inspected([one.file for one in known])
    outcomes = {one.name: await outcome(one, inspection) for one, inspection in zip(known, found, strict=True)}

    counts = Counter(outcomes.values())
    record_property(PRINTED, f"node tests that ONNX Runtime answers alone: {len(known)} {dict(counts.most_common())}")
    assert [name for name, kind in outcomes.items() if kind == "different"] == []
    values = {kind.removeprefix("values: ") for kind in counts if kind.startswith("values: ")}
    assert values <= VALUE_RULES
    assert counts["equal"] >= 1_300
    assert len(known) - counts["equal"] <= 50
