"""Models as people have them: our answers equal ONNX Runtime's own, or the reason says what to do.

Each file goes through the validator's child process, a registry in memory, the check of values, and the runtime.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from local.paths import ROOT
from maas.adapters.formats.inspector import ChildInspector
from maas.adapters.onnx import locales
from maas.adapters.onnx.model_operators import CONTRIBUTED_DOMAIN
from maas.domain.catalog.graphs import Inspection
from maas.domain.inference.model_warnings import warnings_of
from tests.samples.model_case import Case
from tests.samples.model_corpus import MODELS
from tests.support.onnx_answers import ours, theirs

Inspections = Mapping[str, "Future[tuple[Case, Inspection | str]]"]


@pytest.fixture(scope="module")
def inspections(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspections]:
    """Two files are inspected at a time, because most of it is the start of a process.

    The models are trained in this thread: the filters of warnings, which training changes, belong to the whole process.
    """
    folder = tmp_path_factory.mktemp("models")

    def inspect(name: str, case: Case) -> tuple[Case, Inspection | str]:
        path = folder / name
        path.write_bytes(case.file)
        return case, ChildInspector().inspect(str(path))

    executor = ThreadPoolExecutor(2)
    yield {name: executor.submit(inspect, name, make()) for name, make in MODELS.items()}
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


def test_the_owner_is_warned_of_a_label_in_one_row(inspections: Inspections) -> None:
    """skl2onnx declares the label of QDA as [1, n], and this is what the model computes."""
    case, found = inspections["quadratic discriminant"].result()
    assert isinstance(found, Inspection), found
    assert warnings_of(found.signature) == (
        "output label is declared as [1, any]; calls with several rows may answer it whole, not row by row",
    )
    assert np.shape(theirs(case.file, case.inputs)["label"]) == (1, 4)


def test_a_label_of_unsure_length_may_still_be_by_row(inspections: Inspections) -> None:
    """LightGBM's converter declares [1], and the model computes an item for each row."""
    case, found = inspections["lightgbm classifier"].result()
    assert isinstance(found, Inspection), found
    assert warnings_of(found.signature) == (
        "output label is declared as [1]; calls with several rows may answer it whole, not row by row",
    )
    assert np.shape(theirs(case.file, case.inputs)["label"]) == (len(next(iter(case.inputs.values()))),)


def test_the_decision_names_the_contributed_operators_that_run(inspections: Inspections) -> None:
    decision = (ROOT / "docs" / "decisions" / "0034-operators-that-are-served.md").read_text()
    found = [future.result()[1] for future in inspections.values()]
    graphs = [each.graph for each in found if isinstance(each, Inspection)]
    run = {each.name for graph in graphs for each in graph.operators if each.domain == CONTRIBUTED_DOMAIN}
    assert "run inside models of the tests:\n  Tokenizer, FusedConv and Gelu." in decision
    assert run == {"Tokenizer", "FusedConv", "Gelu"}
