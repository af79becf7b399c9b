"""Models as people have them: our answers equal ONNX Runtime's own, or the reason says what to do.

Each file goes through the validator's child process, a registry in memory, the check of values, and the runtime.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from maas.adapters.onnx import locales
from maas.adapters.onnx.inspector import OnnxInspector
from maas.domain.catalog.graphs import Inspection
from tests.samples.model_case import Case
from tests.samples.model_corpus import MODELS
from tests.support.onnx_answers import ours, theirs

Inspections = Mapping[str, "Future[tuple[Case, Inspection | str]]"]


@pytest.fixture(scope="module")
def inspections(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspections]:
    """Two files are inspected at a time, because most of it is the start of a process."""
    folder = tmp_path_factory.mktemp("models")

    def inspect(name: str) -> tuple[Case, Inspection | str]:
        case = MODELS[name]()
        path = folder / name
        path.write_bytes(case.file)
        return case, OnnxInspector().inspect(str(path))

    executor = ThreadPoolExecutor(2)
    yield {name: executor.submit(inspect, name) for name in MODELS}
    executor.shutdown(cancel_futures=True)


def test_the_corpus_has_at_least_forty_models() -> None:
    assert len(MODELS) >= 60


@pytest.mark.parametrize("name", MODELS)
async def test_the_answer_equals_the_one_of_onnx_runtime_alone(inspections: Inspections, name: str) -> None:
    case, found = inspections[name].result()
    assert isinstance(found, Inspection), found
    locales.provide()
    assert await ours(case.file, found.signature, case.inputs) == theirs(case.file, case.inputs)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_the_corpus_is_small(inspections: Inspections, name: str) -> None:
    assert len(inspections[name].result()[0].file) < 100_000
