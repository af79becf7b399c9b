import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from maas.adapters.onnx.workers import pool, worker
from maas.domain.catalog.versions import Artifact
from maas.domain.errors import ModelResources, TimedOut, TooLarge, WrongState
from maas.domain.inference.outputs import Form, NotComputable, Output, Wanted
from maas.domain.inference.packing import unpacked
from maas.domain.inference.sizes import ANSWER_MAX
from maas.domain.inference.tensors import Feed, Values
from tests.samples import onnx_files
from tests.support.model_files import Files, call
from tests.support.model_runtimes import onnx_runtime
from tests.support.outputs import plain

ENDLESS = 2**62


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


async def run(files: Files, artifact: Artifact, features: Any, seconds: float = 20) -> Any:
    return plain(await call(onnx_runtime(files.path), artifact, features, seconds))


async def test_outputs_are_nested_lists_by_name(files: Files) -> None:
    artifact = files.add(onnx_files.largest_of_four(), "float", -1, 4)

    outputs = await run(files, artifact, [[0, 1, 0, 0], [0, 0, 0, 0.5]])

    assert outputs == {"label": [1, 3], "values": [[0, 1, 0, 0], [0, 0, 0, 0.5]]}


@pytest.mark.parametrize(("dtype", "values"), [("string", ["é", ""]), ("int64", [-(2**63)]), ("bool", [True])])
async def test_every_json_type_survives(files: Files, dtype: str, values: list[Any]) -> None:
    assert await run(files, files.add(onnx_files.same(dtype), dtype, -1), values) == {"y": values}


async def test_nan_and_infinity_become_null(files: Files) -> None:
    assert await run(files, files.add(onnx_files.logarithm(), "float", -1), [1, 0, -1]) == {"y": [0.0, None, None]}


async def test_only_the_chosen_outputs_are_computed(files: Files) -> None:
    artifact = files.add(onnx_files.largest_of_four(), "float", -1, 4)
    runtime = onnx_runtime(files.path)

    assert plain(await call(runtime, artifact, [0, 1, 0, 0], names=["label"])) == {"label": [1]}
    assert list(await call(runtime, artifact, [0, 1, 0, 0], names=["values", "label"])) == ["values", "label"]


async def test_outputs_have_the_form_that_is_wanted(files: Files) -> None:
    artifact, runtime = files.add(onnx_files.largest_of_four(), "float", -1, 4), onnx_runtime(files.path)
    rows = [[0, 1, 0, 0], [0, 0, 0, 0.5]]

    flat = await call(runtime, artifact, rows, form=Form.FLAT)
    raw = await call(runtime, artifact, rows, form=Form.RAW)

    assert flat["values"] == Output(b"[0.0,1.0,0.0,0.0,0.0,0.0,0.0,0.5]", (2, 4), "float")
    assert raw["label"] == Output((1).to_bytes(8, "little") + (3).to_bytes(8, "little"), (2,), "int64")
    assert unpacked("float", raw["values"].content) == (0, 1, 0, 0, 0, 0, 0, 0.5)


async def test_strings_have_their_lengths_in_front_of_them(files: Files) -> None:
    artifact = files.add(onnx_files.same("string"), "string", -1)

    raw = await call(onnx_runtime(files.path), artifact, ["é", ""], form=Form.RAW)

    assert raw["y"] == Output(b"\2\0\0\0\xc3\xa9\0\0\0\0", (2,), "string")


async def test_the_reason_of_a_failure_has_no_path_of_the_library(files: Files) -> None:
    with pytest.raises(NotComputable) as caught:
        await run(files, files.add(onnx_files.pairs_of_rows(), "float", -1, 2), [[1, 2]])

    assert caught.value.message == "the model can't compute these values"
    assert "cannot be reshaped" in caught.value.reason
    assert "/" not in caught.value.reason
    assert "onnxruntime" not in caught.value.reason


async def test_a_model_that_needs_rows_names_the_empty_input(files: Files) -> None:
    artifact = files.add(onnx_files.best_row(), "float", -1, 2)

    with pytest.raises(NotComputable, match="can't compute an input without values"):
        await run(files, artifact, [])


async def test_a_missing_value_reaches_the_model_as_nan(files: Files) -> None:
    assert await run(files, files.add(onnx_files.same("float"), "float", -1), [1, None]) == {"y": [1.0, None]}


async def test_an_input_without_rows_has_outputs_without_rows(files: Files) -> None:
    assert await run(files, files.add(onnx_files.same("float"), "float", -1), []) == {"y": []}


async def test_the_timeout_ends_a_run_and_keeps_the_session(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "GRACE", 10)  # the process can say in time that it has ended the run
    artifact = files.add(onnx_files.counter(), "int64", 1)
    runtime = onnx_runtime(files.path)
    started = time.monotonic()

    with pytest.raises(TimedOut):
        await call(runtime, artifact, [ENDLESS], 0.2)

    assert time.monotonic() - started < 5
    assert plain(await call(runtime, artifact, [3], 20)) == {"y": [3.0]}
    assert files.reads == 1


@pytest.mark.parametrize("loaded", [False, True])
async def test_no_time_left_is_a_timeout(files: Files, loaded: bool) -> None:
    artifact = files.add(onnx_files.counter(), "int64", 1)
    runtime = onnx_runtime(files.path)
    if loaded:
        await call(runtime, artifact, [3], 20)

    with pytest.raises(TimedOut):
        await call(runtime, artifact, [ENDLESS], -1)


async def test_a_load_past_the_timeout_serves_the_next_call(files: Files) -> None:
    artifact = files.add(onnx_files.same("int64"), "int64", -1)
    slow = threading.Event()

    def path(wanted: Artifact) -> str:
        slow.wait(10)
        return files.path(wanted)

    runtime = onnx_runtime(path)
    with pytest.raises(TimedOut):
        await call(runtime, artifact, [1], 0.05)
    slow.set()

    assert plain(await call(runtime, artifact, [1], 20)) == {"y": [1]}
    assert files.reads == 1


async def test_values_the_model_cannot_compute_are_told_apart(files: Files) -> None:
    with pytest.raises(NotComputable) as caught:
        await run(files, files.add(onnx_files.zeros(), "int64", 1), [-5])

    assert caught.value.message == "the model can't compute these values"


async def test_values_that_need_too_much_memory_name_their_field(files: Files) -> None:
    with pytest.raises(ModelResources, match=r"features: calling the model .* needs more memory"):
        await run(files, files.add(onnx_files.zeros(), "int64", 1), [2**50])


async def test_outputs_too_long_for_a_response_are_rejected(files: Files) -> None:
    artifact = files.add(onnx_files.zeros(), "int64", 1)

    with pytest.raises(TooLarge):
        await run(files, artifact, [ANSWER_MAX // 4 + 1])


async def test_a_file_that_is_not_a_model_is_a_wrong_state(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL), pytest.raises(WrongState):
        await run(files, files.add(b"not a model", "float", 1), [1])


@pytest.mark.parametrize("location", ["secret.bin", "../secret.bin", "{}/secret.bin"])
async def test_external_data_on_disk_is_never_read(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    (tmp_path / "secret.bin").write_bytes(b"\0\0\x80\x3f")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(WrongState):
        await run(files, files.add(onnx_files.reads_beside_it(location.format(tmp_path)), "float", 1), [1])


async def test_the_least_recently_used_session_is_evicted(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WORKERS_MAX", 1)
    runtime = onnx_runtime(files.path)
    first = files.add(onnx_files.same("int64"), "int64", -1)
    second = files.add(onnx_files.counter(), "int64", 1)

    for artifact in (first, first, second, first):
        await call(runtime, artifact, [1], 20)

    assert files.reads == 3


@pytest.mark.parametrize(("dtype", "size"), [("float16", 2), ("float", 4), ("double", 8)])
async def test_bytes_of_every_nan_and_infinity_stay_as_they_are(files: Files, dtype: str, size: int) -> None:
    exponent = {2: 0x7C00, 4: 0x7F80_0000, 8: 0x7FF0_0000_0000_0000}[size]
    sign, payload, least = 1 << (8 * size - 1), 5, 1
    bits = [exponent, sign | exponent, exponent | exponent >> 1 | payload, exponent | payload, sign, sign | least]
    data = b"".join(each.to_bytes(size, "little") for each in bits)
    artifact = files.add(onnx_files.same(dtype), dtype, -1)
    feed = Feed((Values("x", dtype, (len(bits),), data),), "inputs", single=False)
    [output] = artifact.signature.outputs

    found = await onnx_runtime(files.path).run(artifact, feed, 20, [Wanted(output, Form.RAW)])

    assert found["y"].content == data
