"""Numbers that an input's type can't hold: one rule on every way to a prediction (docs/decisions/0120)."""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from maas.contracts.inference import PredictRequest
from maas.domain.errors import InvalidInput
from maas.domain.inference.packing import packed
from maas.domain.inference.tensors import bind
from maas.domain.jobs.cells import converted, families
from maas.domain.jobs.jobs import FileFormat
from maas.domain.jobs.row_files import rows
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.call_statistics import CallStatistics
from maas.services.inference import InferenceService
from maas.services.readiness import ReadinessService
from maas.web.routes.inference import inference_routes
from maas.web.routes.jobs import jobs_routes
from maas.web.routes.open_inference import PUBLIC, open_inference_routes
from tests.fakes.inference import FakeRuntime
from tests.support.http_gateway import CONTEXT, Reply, event, invoke, person
from tests.support.job_world import JobWorld
from tests.support.open_inference_api import NAMES, only, published_echo

PREDICT = "POST /api/v1/models/{model_id}/predict"
NOT_CACHED = {"cache-control": "no-cache"}
# An outcome is the rule that a number breaks, or the number that the model gets.
RANGE, FINITE, TYPE = "range", "finite", "type"
NUMBERS: list[tuple[str, str, str | float]] = [
    ("float", "1e39", RANGE),
    ("float", "-1e39", RANGE),
    ("float", "1e999", RANGE),
    ("float", "3.4028235e38", 3.4028235e38),
    ("float", "3.4028236e38", RANGE),
    ("float", "1e-999", 0.0),
    ("float", "1" + "0" * 400, RANGE),
    ("float16", "70000", RANGE),
    ("float16", "65505", RANGE),
    ("float16", "65504", 65504.0),
    ("float16", "-1E+0000999", RANGE),
    ("double", "1e999", RANGE),
    ("double", "-1e999", RANGE),
    ("double", "1" + "0" * 400 + ".5", RANGE),
    ("double", "1" + "0" * 400, RANGE),
    ("double", "1.7976931348623157e308", 1.7976931348623157e308),
    ("int8", "128", RANGE),
    ("int32", "1e999", RANGE),
    ("int32", "1e5", 100_000),
    ("int64", "9223372036854775807", 2**63 - 1),
    ("int64", "9223372036854775808", RANGE),
    ("int64", "-9223372036854775809", RANGE),
    ("int64", "1e19", RANGE),
    ("int64", "9007199254740992.0", RANGE),
    ("int64", "0.5", TYPE),
    ("uint8", "300", RANGE),
    ("uint8", "-1", RANGE),
    ("uint64", "-1", RANGE),
    ("uint64", "18446744073709551615", 2**64 - 1),
    ("uint64", "18446744073709551616", RANGE),
    *[(dtype, word, FINITE) for dtype in ("int64", "uint8") for word in ("Infinity", "-Infinity")],
]
WORDS = [(dtype, word) for dtype in ("float16", "float", "double") for word in ("NaN", "Infinity", "-Infinity")]
Outcome = str | bytes


class World:
    """The ways to a prediction of one published model, which answers the two numbers that it gets."""

    def __init__(self, dtype: str) -> None:
        self.dtype, self.signature = dtype, only(dtype)
        self._name = self.signature.inputs[0].name
        registry, self._model = asyncio.get_event_loop().run_until_complete(published_echo(self.signature))
        self._fed: list[bytes] = []
        service = InferenceService(registry, FakeRuntime(self._compute))
        self._jobs = JobWorld(registry=registry)
        jobs = jobs_routes(self._jobs.service)
        routes = inference_routes(service), open_inference_routes(service, ReadinessService({})), jobs
        self._app = create_app(*routes, title="numbers", public=PUBLIC, statistics=CallStatistics([]))

    def short(self, number: str) -> Outcome:
        path, body = f"/api/v1/models/{self._model}/predict", self._values(number)
        plain = event("POST", path, body=b"", headers=NOT_CACHED, by=person())
        plain |= {"routeKey": PREDICT, "body": body, "isBase64Encoded": False}
        plain["requestContext"] |= {"routeKey": PREDICT}
        reply = invoke(lambda_handler(self._app), plain)
        has_word = number.lstrip("-") in ("NaN", "Infinity")
        assert (self._app.state.short_ways.answer(plain, CONTEXT) is None) == has_word
        return self._outcome(reply, f"inputs.{self._name}[0][0]")

    def predict(self, number: str) -> Outcome:
        return self._sent(f"/api/v1/models/{self._model}/predict", self._values(number), f"inputs.{self._name}[0][0]")

    def inference(self, number: str) -> Outcome:
        body = self._values(number).replace("{", f'{{"model_id": "{self._model}", ', 1)
        return self._sent("/api/v1/inference", body, f"inputs.{self._name}[0][0]")

    def tensor(self, number: str) -> Outcome:
        datatype = NAMES.get(self.dtype, self.dtype.upper())
        given = f'"name": "{self._name}", "shape": [1, 2], "datatype": "{datatype}", "data": [{number}, 0]'
        return self._sent(f"/v2/models/{self._model}/infer", f'{{"inputs": [{{{given}}}]}}', "inputs[0].data[0]")

    def job(self, number: str) -> Outcome:
        body = self._values(number).replace("{", f'{{"model_id": "{self._model}", ', 1)
        reply = self._call("/api/v1/inference/jobs", body)
        if reply.status != 202:
            return self._outcome(reply, f"inputs.{self._name}[0][0]")
        [key], _ = self._jobs.objects.keys("", "", 2)
        stored = PredictRequest.model_validate_json(self._jobs.objects.read(key, 0, 10_000))
        self._jobs.objects.remove(key)
        return bind(self.signature, inputs=stored.inputs).values[0].data

    def line(self, number: str) -> Outcome:
        [row] = rows(f"[{number}, 0]".encode(), 0, 1, FileFormat.NDJSON)
        return str(row.error.fields[0].rule) if row.error else self._bound(row.values)

    def cell(self, number: str) -> Outcome:
        kinds = families(self.signature, ["a", "b"], as_lists=False)
        return self._bound(converted([number, "0"], kinds))

    def _bound(self, row: Any) -> Outcome:
        try:
            return bind(self.signature, instances=[row]).values[0].data
        except InvalidInput as error:
            return str(error.fields[0].rule)

    def _values(self, number: str) -> str:
        return f'{{"inputs": {{"{self._name}": [[{number}, 0]]}}}}'

    def _sent(self, path: str, body: str, field: str) -> Outcome:
        return self._outcome(self._call(path, body), field)

    def _call(self, path: str, body: str) -> Reply:
        sent = event("POST", path, body=body.encode(), headers=NOT_CACHED, by=person())
        return invoke(lambda_handler(self._app), sent)

    def _outcome(self, reply: Reply, field: str) -> Outcome:
        if reply.status == 200:
            return self._fed.pop()
        first = reply.json["errors"][0]
        assert (reply.status, first["field"]) == (422, field)
        return str(first["rule"])

    def _compute(self, feed: Any) -> Any:
        self._fed.append(feed.values[0].data)
        return {self.signature.outputs[0].name: [[0, 0]]}


@cache
def world(dtype: str) -> World:
    return World(dtype)


WAYS: dict[str, Callable[[World, str], Outcome]] = {
    "predict, the short way": World.short,
    "predict": World.predict,
    "inference": World.inference,
    "v2": World.tensor,
    "job": World.job,
    "line of NDJSON": World.line,
    "cell of CSV": World.cell,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("dtype", "number", "outcome"), NUMBERS, ids=lambda each: str(each)[:24])
def test_a_number_has_one_outcome_on_every_way(dtype: str, number: str, outcome: str | float, way: str) -> None:
    expected = outcome if isinstance(outcome, str) else packed(dtype, [outcome, 0])
    assert WAYS[way](world(dtype), number) == expected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("dtype", "word"), WORDS)
def test_a_word_for_no_number_is_taken_under_v2_alone(dtype: str, word: str, way: str) -> None:
    taken = packed(dtype, [float(word), 0])
    if way == "v2" or (way == "cell of CSV" and word == "NaN"):
        assert WAYS[way](world(dtype), word) == taken
    else:
        assert WAYS[way](world(dtype), word) == FINITE


@pytest.mark.parametrize("way", [way for way in WAYS if way != "cell of CSV"])
@pytest.mark.parametrize(("dtype", "number"), [("bool", "1"), ("bool", "NaN"), ("string", "1"), ("string", "Infinity")])
def test_numbers_are_no_booleans_and_no_texts(dtype: str, number: str, way: str) -> None:
    outcome = FINITE if way == "line of NDJSON" and not number.isdigit() else TYPE  # before its column is known
    assert WAYS[way](world(dtype), number) == outcome
