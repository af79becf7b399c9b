"""The child process: its limits, and its end for hostile files."""

from pathlib import Path

import pytest

from maas.adapters.formats import inspector
from maas.adapters.formats.inspection_limits import Limits
from maas.adapters.formats.inspector import CRASHED, OUT_OF_TIME, ChildInspector
from maas.adapters.formats.refusals import OUT_OF_MEMORY
from maas.domain.catalog.graphs import Inspection
from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import Unavailable
from tests.samples import hostile_onnx, onnx_files


def inspected(tmp_path: Path, data: bytes, limits: Limits | None = None) -> Inspection | str:
    path = tmp_path / "file"
    path.write_bytes(data)
    return ChildInspector(limits).inspect(str(path))


def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> Inspection | str:
    """Runs the inspector with a child that runs `program`."""
    script = tmp_path / "child.py"
    script.write_text(program)
    monkeypatch.setattr(inspector, "_CHILD", script)
    return inspected(tmp_path, b"any")


def test_a_real_model_has_its_signature(tmp_path: Path) -> None:
    found = inspected(tmp_path, hostile_onnx.iris_model())
    assert isinstance(found, Inspection)
    assert found.signature == Signature(
        inputs=(Tensor("X", "float", (-1, 4)),),
        outputs=(Tensor("label", "int64", (-1,)), Tensor("probabilities", "float", (-1, 3))),
    )
    assert [(operator.name, operator.count) for operator in found.graph.operators] == [("TreeEnsembleClassifier", 1)]


def test_a_graph_of_very_many_nodes_is_loaded_in_time(tmp_path: Path) -> None:
    """ONNX Runtime's plan of reused memory would take two minutes for it."""
    found = inspected(tmp_path, hostile_onnx.chain(20_000).SerializeToString())
    assert isinstance(found, Inspection), found


def test_a_text_file_is_rejected_with_a_reason(tmp_path: Path) -> None:
    assert "is not ONNX" in str(inspected(tmp_path, b"\x00" * 100))


def test_a_file_that_allocates_8_gib_is_rejected(tmp_path: Path) -> None:
    assert inspected(tmp_path, hostile_onnx.memory_bomb().SerializeToString()) == f"{OUT_OF_MEMORY}: 1651 MiB"


def test_an_endless_loop_ends_at_the_processor_limit(tmp_path: Path) -> None:
    assert inspected(tmp_path, hostile_onnx.endless_loop().SerializeToString(), Limits(cpu=2)) == OUT_OF_TIME


def test_a_child_that_hangs_is_killed(tmp_path: Path) -> None:
    assert inspected(tmp_path, hostile_onnx.endless_loop().SerializeToString(), Limits(wall=1, cpu=60)) == OUT_OF_TIME


def test_a_file_larger_than_the_memory_limit_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert ChildInspector(Limits(memory=1 << 29)).inspect(str(path)) == f"{OUT_OF_MEMORY}: 1651 MiB"


def test_the_memory_of_the_process_that_starts_the_child_is_not_the_file_s(tmp_path: Path) -> None:
    """Linux counts the peak of a parent in `ru_maxrss` of its child."""
    taken = bytearray(b"x" * (400 << 20))
    found = inspected(tmp_path, hostile_onnx.iris_model(), Limits(served=350 << 20))
    assert len(taken) == 400 << 20
    assert isinstance(found, Inspection)


def test_a_crash_of_the_child_rejects_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import os, signal\nprint(flush=True)\nos.kill(os.getpid(), signal.SIGSEGV)"
    assert child(tmp_path, monkeypatch, program) == CRASHED


SIGNATURE = '{"signature": {"inputs": [], "outputs": []}'
WRONG = [
    "not json",
    "[]",
    '{"signature": {"inputs": 1}}',
    "",
    SIGNATURE + "}",
    SIGNATURE + ', "graph": []}',
    SIGNATURE + ', "graph": {"opsets": [], "operators": [], "tensors": []}}',
    SIGNATURE + ', "graph": {"opsets": {}, "operators": [1], "tensors": []}}',
]


@pytest.mark.parametrize("words", WRONG)
def test_malformed_output_counts_as_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    assert child(tmp_path, monkeypatch, f"print('''{words}''')") == CRASHED


def test_a_child_that_does_not_start_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable):
        child(tmp_path, monkeypatch, "import no_such_module")


def test_the_child_inherits_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("MAAS_SERVICE_SECRET", "secret")
    program = "import json, os\nprint(json.dumps({'reason': ' '.join(sorted(os.environ))}))"
    seen = child(tmp_path, monkeypatch, program)
    assert isinstance(seen, str)
    assert not any(name.startswith(("AWS_", "MAAS_")) for name in seen.split())


@pytest.mark.parametrize("attempt", ["open('/proc/self/environ')", "socket.socket()", "os.pipe()"])
def test_the_child_can_open_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempt: str) -> None:
    program = f"""
import os, socket
from maas.adapters.formats import inspection_process, refusals
def tried(file):
    try:
        {attempt}
    except OSError as error:
        raise refusals.RefusedError(error.strerror)
inspection_process.reader_of = lambda file: tried
inspection_process.main(2 << 30, 2 << 30, 10)
"""
    assert child(tmp_path, monkeypatch, program) == "Too many open files"


def test_a_file_over_2_gib_is_rejected_without_reading(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(2**31)
    assert "longer than ONNX allows" in str(ChildInspector().inspect(str(path)))


def test_very_many_long_names_give_a_bounded_summary(tmp_path: Path) -> None:
    found = inspected(tmp_path, hostile_onnx.very_many_names(12_000).SerializeToString())
    assert isinstance(found, Inspection)
    assert found.graph.tensor_count == 12_000
    assert 1_000 < len(found.graph.tensors) < 12_000


def test_a_small_file_that_takes_too_much_memory_is_rejected(tmp_path: Path) -> None:
    big = onnx_files.zeros_of(1 << 27)  # 512 MiB
    assert isinstance(inspected(tmp_path, big), Inspection)
    assert inspected(tmp_path, big, Limits(served=300 << 20)) == f"{OUT_OF_MEMORY}: 300 MiB"
