import base64
import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from maas.contracts.predictions import BatchAnswer, PredictionAnswer
from maas.domain.identity.principals import Scope
from maas.domain.ids import new_id
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.inference import InferenceService
from maas.services.kept_results import KeptResults
from maas.web.compression import TEXT_MAX
from maas.web.routes.inference import inference_routes
from tests.fakes.inference import FakeResultCache, FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import CONTEXT, Gateway, Reply, event, person

PREDICT = "/api/v1/models/{}/predict"


class Api:
    """The routes over fakes, and a published model with the class names left and right."""

    def __init__(self, registry: FakeRegistry, model_id: str) -> None:
        self.runtime = FakeRuntime(larger_column)
        service = InferenceService(registry, self.runtime, KeptResults(FakeResultCache()))
        self.call = Gateway(lambda_handler(create_app(inference_routes(service), title="inference")))
        self.model_id = model_id

    def predict(self, **body: Any) -> Reply:
        return self.call("POST", PREDICT.format(self.model_id), body)


async def _published(**metadata: Any) -> tuple[FakeRegistry, str]:
    registry = fake_registry()
    model_id = await model_with_file(registry, person(), metadata)
    await registry.publish_version(person(), model_id, "1.0.0")
    return registry, model_id


@pytest.fixture
async def published() -> tuple[FakeRegistry, str]:
    return await _published(class_names=["left", "right"])


@pytest.fixture
async def named_columns() -> tuple[FakeRegistry, str]:
    return await _published(feature_names=["a", "b"])


def answer_of(call: Gateway, target: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Returns what Lambda gets from the handler."""
    answer: dict[str, Any] = call.handler(event("POST", target, body=body, headers=headers, by=call.by), CONTEXT)
    return answer


@pytest.fixture
def api(published: tuple[FakeRegistry, str]) -> Api:
    return Api(*published)


def test_one_row_is_answered_with_its_class_name(api: Api) -> None:
    reply = api.predict(features=[1, 2])

    assert reply.status == 200
    assert reply.headers["x-cache"] == "miss"
    found = dict(reply.json)
    assert found.pop("duration_ms") >= 0
    assert found.pop("prediction_id") == reply.headers["x-prediction-id"]
    assert found == {
        "prediction": 1,
        "class_name": "right",
        "outputs": {"label": [1]},
        "model_id": api.model_id,
        "version": "1.0.0",
        "cached": False,
        "rollout": None,
    }


def test_the_model_may_be_named_in_the_body(api: Api) -> None:
    reply = api.call("POST", "/api/v1/inference", {"model_id": api.model_id, "features": [[1, 2], [2, 1]]})

    assert reply.status == 200
    assert reply.json["predictions"] == [1, 0]
    assert reply.json["class_names"] == ["right", "left"]


def test_the_second_equal_call_is_a_cache_hit(api: Api) -> None:
    api.predict(features=[1, 2])

    reply = api.predict(features=[1, 2])

    assert (reply.headers["x-cache"], reply.headers["age"]) == ("hit", "0")
    assert reply.json["cached"] is True


def test_a_caller_may_refuse_a_cached_result(api: Api) -> None:
    for _ in range(2):
        reply = api.predict(features=[1, 2])
    path, body = PREDICT.format(api.model_id), {"features": [1, 2]}
    assert api.runtime.runs == 1

    reply = api.call("POST", path, body, headers={"content-type": "application/json", "cache-control": "no-cache"})

    assert (reply.headers["x-cache"], reply.headers.get("age"), api.runtime.runs) == ("miss", None, 2)


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ({"features": {"a": 1, "b": 2}}, None),
        ({"features": [{"a": 1, "b": 2}, {"b": 1, "a": 2}]}, [1, 0]),
        ({"dataframe_records": [{"b": 1, "a": 2}]}, [0]),
        ({"dataframe_split": {"columns": ["b", "a"], "data": [[1, 2], [2.0, 1]], "index": [7, 8]}}, [0, 1]),
    ],
)
def test_data_frames_are_answered_by_row(
    named_columns: tuple[FakeRegistry, str], body: dict[str, Any], rows: list[int] | None
) -> None:
    reply = Api(*named_columns).predict(**body)

    assert (reply.status, reply.json.get("predictions")) == (200, rows)


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"features": [{"a": 1, "b": 2}]}, "features", "columns"),
        ({"features": 3}, "features", "type"),
        ({"dataframe_split": {"columns": ["a"]}}, "dataframe_split.data", "required"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1]], "dtypes": 1}}, "dataframe_split.dtypes", "unknown"),
        ({"dataframe_records": [1]}, "dataframe_records[0]", "type"),
        ({"features": [1, 2], "dataframe_records": []}, "features", "exclusive"),
        ({"features": [1, 2, 3]}, "features", "shape"),
        ({"features": [1, "2"]}, "features[1]", "type"),
        ({"features": [1, float("nan")]}, "features[1]", "finite"),
        ({"features": "1, 2"}, "features", "type"),
        ({}, "features", "exclusive"),
        ({"inputs": {"y": [[1, 2]]}}, "inputs.y", "unknown"),
        ({"features": [1, 2], "timeout": 0}, "timeout", "range"),
        ({"features": [1, 2], "timeout": 30}, "timeout", "range"),
        ({"features": [1, 2], "timeout": float("nan")}, "timeout", "finite"),
        ({"features": [1, 2], "version": "Newest"}, "version", "reference"),
        ({"features": [1, 2], "version": None}, "version", "not_null"),
        ({"features": [1, 2], "color": "red"}, "color", "unknown"),
    ],
)
def test_a_bad_body_names_field_and_rule(api: Api, body: dict[str, Any], field: str, rule: str) -> None:
    reply = api.predict(**body)

    assert reply.status == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["code"] == "invalid_input"
    assert [(error["field"], error["rule"]) for error in reply.json["errors"]] == [(field, rule)]


@pytest.mark.parametrize(
    "body", [b"", b"[", b'{"features": [1, 1e999]}', b'{"inputs": {"\\ud800": 1}}', b"[" * 100_000]
)
def test_a_malformed_body_is_a_problem(api: Api, body: bytes) -> None:
    reply = api.call("POST", PREDICT.format(api.model_id), body=body)

    assert reply.status in {400, 422}
    assert reply.json["errors"]


def test_the_model_id_is_required(api: Api) -> None:
    reply = api.call("POST", "/api/v1/inference", {"features": [1, 2]})

    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "model_id")


@pytest.mark.parametrize("model_id", [new_id(), "roses", "%20"])
def test_an_unknown_model_is_not_found(api: Api, model_id: str) -> None:
    reply = api.call("POST", PREDICT.format(model_id), {"features": [1, 2]})

    assert (reply.status, reply.json["code"]) == (404, "not_found")
    assert reply.json["errors"][0]["field"] == "model_id"


def test_a_model_of_another_tenant_looks_absent(api: Api) -> None:
    api.call.by = person(tenant="other")

    foreign, absent = (
        api.call("POST", PREDICT.format(model_id), {"features": [1, 2]}) for model_id in (api.model_id, new_id())
    )

    assert foreign.status == absent.status == 404
    assert foreign.json["errors"] == absent.json["errors"]


def test_a_caller_without_the_scope_is_forbidden(api: Api) -> None:
    api.call.by = replace(person(), scopes=frozenset({Scope.MODELS_READ}))

    assert (api.predict(features=[1, 2]).status, api.runtime.runs) == (403, 0)


def test_a_caller_without_a_token_is_unauthenticated(api: Api) -> None:
    api.call.by = None

    assert (api.predict(features=[1, 2]).status, api.runtime.runs) == (401, 0)


def test_the_timeout_of_the_caller_is_kept(api: Api) -> None:
    api.runtime.delay = 5

    reply = api.predict(features=[1, 2], timeout=0.1)

    assert (reply.status, reply.json["code"]) == (408, "timeout")


@pytest.mark.parametrize("timeout", [5e-324, 1e-300, 1e-9])
def test_a_timeout_that_is_over_is_408_with_and_without_a_cached_result(api: Api, timeout: float) -> None:
    fresh = api.predict(features=[1, 2], timeout=timeout)
    assert not api.predict(features=[1, 2]).json["cached"]
    cached = api.predict(features=[1, 2], timeout=timeout)

    assert [(reply.status, reply.json["code"]) for reply in (fresh, cached)] == [(408, "timeout")] * 2
    assert api.predict(features=[1, 2], timeout=29).json["cached"]


def test_the_timeout_leaves_lambda_time_to_answer(api: Api) -> None:
    api.runtime.delay = 28.9

    assert api.predict(features=[1, 2]).status == 408


def test_a_body_of_megabytes_is_accepted(api: Api) -> None:
    reply = api.predict(features=[[1, 2]] * 200_000)

    assert (reply.status, len(reply.json["predictions"])) == (200, 200_000)


def test_an_answer_has_the_fields_of_its_contract(api: Api) -> None:
    one, batch, whole = api.predict(features=[1, 2]), api.predict(features=[[1, 2], [2, 1]]), api.predict(features=[])

    assert set(one.json) == set(PredictionAnswer.model_fields)
    assert set(batch.json) == set(BatchAnswer.model_fields)
    PredictionAnswer.model_validate_json(one.text)
    assert BatchAnswer.model_validate_json(batch.text).class_names == ["right", "left"]
    assert BatchAnswer.model_validate_json(whole.text).predictions == []


def test_a_large_answer_is_gzip_for_those_who_accept_it(api: Api) -> None:
    body = json.dumps({"features": [[1, 2]] * 200_000}).encode()

    answer = answer_of(api.call, PREDICT.format(api.model_id), body, {"accept-encoding": "br, gzip"})

    assert answer["isBase64Encoded"] is True
    assert (answer["headers"]["content-encoding"], answer["headers"]["vary"]) == ("gzip", "accept, accept-encoding")
    assert answer["headers"]["content-type"] == "application/json"
    content = json.loads(gzip.decompress(base64.b64decode(answer["body"])))
    assert content["predictions"] == [1] * 200_000


@pytest.mark.parametrize(
    ("outputs", "field", "rule"),
    [
        (["other"], "outputs[0]", "unknown"),
        (["label", "label"], "outputs[1]", "repeated"),
        ([], "outputs", "min_items"),
        ("label", "outputs", "type"),
        ([1], "outputs[0]", "type"),
        (["label"] * 129, "outputs", "max_items"),
    ],
)
def test_wrong_outputs_are_named(api: Api, outputs: Any, field: str, rule: str) -> None:
    reply = api.predict(features=[1, 2], outputs=outputs)

    assert (reply.status, reply.json["errors"][0]["field"], reply.json["errors"][0]["rule"]) == (422, field, rule)


def test_an_answer_that_lambda_would_drop_is_refused(api: Api) -> None:
    api.runtime.compute = lambda feed: {"label": ["x" * TEXT_MAX]}

    reply = api.predict(features=[1, 2])

    assert (reply.status, reply.json["code"]) == (413, "too_large")
