"""docs/limits.md has every limit, with the number that the code or the template has."""

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from local.paths import ROOT
from local.template import intrinsics
from maas.adapters.artifact_cache import CAPACITY
from maas.adapters.formats.inspection_limits import Limits
from maas.domain.model_memory import MIB, PROTOBUF_MAX, file_max, for_models, usable

PAGE = (ROOT / "docs" / "limits.md").read_text()
_UNITS = {
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "MB": 1024**2,
    "minutes": 60,
    "hour": 3600,
    "hours": 3600,
    "days": 86400,
}
_NUMBER = re.compile(r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?: (\w+))?")
# Rows whose number is computed: from the template's memory, or written in the library.
_COMPUTED: dict[str, Callable[[int, int], int]] = {
    "file": lambda inference, validator: file_max(inference, validator),
    "address space of the validator's child": lambda _, validator: Limits.of(2048, validator).memory,
    "memory of loading a model and calling it once, beside its file": lambda inference, _: for_models(inference),
    "memory of the inference function and its models": lambda inference, _: usable(inference),
}
_SOURCE = re.compile(r"`((?:maas|functions|local|template)\.[\w.]+)`")
# Constants that no caller meets: bounds of caches and logs, internal batches, and shares of a limit on the page.
_INTERNAL = {
    "functions.registry.cache.memory.MAX",
    "functions.registry.cache.redis_store.VALUE_MAX",
    "functions.registry.catalog.access.ID_MAX",
    "functions.registry.catalog.contents.DIGESTS_MAX",
    "functions.registry.catalog.contents.KEYS_MAX",
    "functions.registry.catalog.new_uploads.KEY_MAX",
    "functions.registry.catalog.repairs.STEP_MAX",
    "functions.registry.catalog.rollouts.LIST_MAX",
    "maas.services.surveys.SURVEY_MAX",
    "maas.grpc_server.errors.DEADLINE_MAX",
    "functions.registry.server.credentials.TOKENS_MAX",
    "functions.registry.server.refusals.WAITING_MAX",
    "maas.grpc_server.server.PENDING_MAX",
    "functions.registry.server.standings.CALLERS_MAX",
    "functions.registry.store.client.BATCH_MAX",
    "functions.registry.store.client.READ_MAX",
    "maas.adapters.aws.dynamodb_batches.BATCH_MAX",
    "maas.adapters.aws.dynamodb_batches.WRITES_MAX",
    "maas.adapters.aws.model_traces.ITEMS_MAX",
    "maas.adapters.formats.findings.NAME_MAX",
    "maas.adapters.formats.inspection_process.OUTPUT_MAX",
    "maas.adapters.onnx.inspection.REASON_MAX",
    "maas.adapters.onnx.printable.TEXT_MAX",
    "maas.contracts.open_inference.NAME_MAX",
    "maas.contracts.open_inference.RANK_MAX",
    "maas.contracts.open_inference.TENSORS_MAX",
    "maas.adapters.onnx.workers.messages.HEAD_MAX",
    "maas.adapters.onnx.workers.worker_process.BODY_MAX",
    "maas.domain.audit.canonical.INTEGER_MAX",
    "maas.domain.audit.chain.BYTES_MAX",
    "maas.domain.audit.chain.RECORDS_MAX",
    "maas.domain.catalog.compatibility.NAME_MAX",
    "maas.domain.events.DETAIL_MAX",
    "maas.domain.uploads.begun_files.STORE_ID_MAX",
    "maas.domain.uploads.validation.DTYPE_MAX",
    "maas.domain.uploads.version_files.FORMAT_MAX",
    "maas.domain.uploads.validation.OBJECT_VERSION_MAX",
    "maas.domain.identity.pauses.KNOWN_MAX",
    "maas.adapters.redis_statistics.FIELDS_MAX",
    "maas.domain.inference.statistics.BUCKET_MAX",
    "maas.platform.observability.VALUES_MAX",
    "maas.platform.spans.BATCH_MAX",
    "maas.platform.spans.WAITING_MAX",
    "maas.services.call_statistics.KEPT_MAX",
    "maas.services.collecting.BEGUN_MAX",
    "maas.services.observations.WAITING_MAX",
    "maas.services.ports.messaging.DELAY_MAX",
    "maas.wire.monitoring.PART_MAX",
    "maas.services.shadowing.MESSAGE_MAX",
    "maas.services.shadowing.SENDS_MAX",
    "maas.services.shadowing.WAITING_BYTES_MAX",
}


@dataclass(frozen=True)
class Row:
    """A row of a table: the cells `number` and `source` as they are on the page."""

    name: str
    number: str
    source: str
    answer: str

    @property
    def sources(self) -> list[str]:
        return _SOURCE.findall(self.source)

    @property
    def numbers(self) -> set[float]:
        """The numbers in the cell, in bytes or seconds where they have such a unit."""
        return {float(n.replace(",", "")) * _UNITS.get(unit, 1) for n, unit in _NUMBER.findall(self.number)}


def _rows() -> Iterator[Row]:
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 4 and cells[1] not in ("number", "---"):
            yield Row(*(cell.strip() for cell in cells))


ROWS = list(_rows())


def _values(source: str) -> set[float]:
    """The numbers that a source has: one for a constant, several for a field with bounds or a pattern.

    Raises:
        AttributeError, KeyError, ModuleNotFoundError: there is no such source.
    """
    if source.startswith("template."):
        found: Any = intrinsics.load(ROOT / "template.yaml")
        for key in source.split(".")[1:]:
            found = found[key]
        return {float(found)}
    *path, name = source.split(".")
    holder = _holder(path)
    if name in getattr(holder, "model_fields", {}):
        return _bounds(holder.model_fields[name])
    fields = getattr(holder, "__dataclass_fields__", {})
    value = fields[name].default if name in fields and isinstance(holder, type) else getattr(holder, name)
    if isinstance(value, re.Pattern):
        return set(map(float, re.findall(r"\d+(?=[,}])", value.pattern)))
    return {value.total_seconds() if isinstance(value, timedelta) else float(value)}


def _holder(path: list[str]) -> Any:
    """The module, or the class in a module, of a dotted path."""
    try:
        return importlib.import_module(".".join(path))
    except ModuleNotFoundError:
        return getattr(importlib.import_module(".".join(path[:-1])), path[-1])


def _bounds(field: Any) -> set[float]:
    names = ("ge", "gt", "le", "lt", "min_length", "max_length")
    return {float(getattr(rule, name)) for rule in field.metadata for name in names if hasattr(rule, name)}


def _limits_of_the_code() -> Iterator[str]:
    """The dotted names of the public constants that end in MAX or MIN, or have MAX inside."""
    packages = {"maas": ROOT / "layers/shared/python/maas", "functions": ROOT / "functions"}
    for package, folder in packages.items():
        for path in folder.rglob("*.py"):
            module = ".".join((package, *path.relative_to(folder).with_suffix("").parts))
            for name in _constants(ast.parse(path.read_text())):
                if re.search(r"(^|_)(MAX|MIN)(_BYTES|_DEPTH)?$", name) and not name.startswith("_"):
                    yield f"{module}.{name}"


def _constants(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                yield from (name.id for name in names if isinstance(name, ast.Name))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_number_is_the_source_s(row: Row) -> None:
    for source in row.sources:
        assert _values(source) <= row.numbers, source


def test_each_row_has_a_source_and_an_answer() -> None:
    assert len(ROWS) > 70
    assert [row.name for row in ROWS if not row.source or not row.answer or not row.numbers] == []
    assert {row.name for row in ROWS if not row.sources} == set(_COMPUTED)


@pytest.mark.parametrize("name", _COMPUTED)
def test_the_chain_of_memory_has_the_computed_numbers(name: str) -> None:
    parameters = intrinsics.load(ROOT / "template.yaml")["Parameters"]
    computed = _COMPUTED[name](*(int(parameters[f"{kind}Memory"]["Default"]) for kind in ("Inference", "Validator")))
    (row,) = (row for row in ROWS if row.name == name)
    assert computed // MIB in {int(number) // MIB for number in row.numbers}


def test_the_default_of_uploads_is_what_the_memory_allows() -> None:
    defaults = {
        name: body.get("Default") for name, body in intrinsics.load(ROOT / "template.yaml")["Parameters"].items()
    }
    computed = file_max(int(defaults["InferenceMemory"]), int(defaults["ValidatorMemory"]))
    assert int(defaults["MaxUploadBytes"]) == computed


def test_files_of_the_disk_cache_fit_on_the_disk() -> None:
    resources = intrinsics.load(ROOT / "template.yaml")["Resources"]
    for name, needed in (("InferenceFunction", CAPACITY), ("ValidatorFunction", PROTOBUF_MAX)):
        assert needed < resources[name]["Properties"]["EphemeralStorage"]["Size"] * MIB


def test_every_limit_of_the_code_is_on_the_page() -> None:
    listed = {source for row in ROWS for source in row.sources}
    missing = set(_limits_of_the_code()) - listed - _INTERNAL
    assert missing == set(), "add a row to docs/limits.md, or the name to _INTERNAL if no caller meets it"


def test_another_number_is_found() -> None:
    wrong = Row("name", "127 characters", "`maas.domain.value_rules.NAME_MAX`", "`max_length`")
    assert not _values(wrong.sources[0]) <= wrong.numbers
