"""Predictions as tables: CSV and Arrow, chosen by Accept."""

import base64
from typing import Any

import pyarrow as pa
import pytest

from maas.entrypoints.http import create_app, lambda_handler
from maas.services.inference import InferenceService
from maas.web.routes.inference import inference_routes
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import CONTEXT, event, first_error, invoke, person

ARROW = "application/vnd.apache.arrow.stream"
ROWS = b'{"instances": [[1, 2], [3, 0]]}'


class Api:
    """The routes behind Lambda, for one published model with class names."""

    def __init__(self, model_id: str, registry: Any, by: Any) -> None:
        self.runtime = FakeRuntime(larger_column)
        self.path, self.by = f"/api/v1/models/{model_id}/predict", by
        self.handler = lambda_handler(
            create_app(inference_routes(InferenceService(registry, self.runtime)), title="test")
        )

    def event(self, accept: str, body: bytes = ROWS) -> dict[str, Any]:
        return event("POST", self.path, body=body, headers={"accept": accept}, by=self.by)


@pytest.fixture
async def api() -> Api:
    registry, by = fake_registry(), person()
    model_id = await model_with_file(registry, by, {"class_names": ["left", "right"]})
    await registry.publish_version(by, model_id, "1.0.0")
    return Api(model_id, registry, by)


@pytest.mark.parametrize("accept", ["text/csv", "text/*", "text/csv;q=0.9, application/json;q=0.1"])
def test_rows_are_lines_of_csv(api: Api, accept: str) -> None:
    reply = invoke(api.handler, api.event(accept))

    assert (reply.status, reply.text) == (200, "class_name,label\r\nright,1\r\nleft,0\r\n")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert reply.headers["vary"] == "accept"


def test_rows_are_a_batch_of_arrow(api: Api) -> None:
    answer = api.handler(api.event(ARROW), CONTEXT)

    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, ARROW)
    assert answer["isBase64Encoded"] is True
    table = pa.ipc.open_stream(base64.b64decode(answer["body"])).read_all()
    assert table.to_pydict() == {"label": [1, 0]}
    assert table.schema.field("label").type == pa.int64()


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/*, text/csv;q=0.5", ""])
def test_json_is_preferred(api: Api, accept: str) -> None:
    reply = invoke(api.handler, api.event(accept))

    assert reply.json["predictions"] == [1, 0]


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0"])
def test_another_type_is_not_acceptable(api: Api, accept: str) -> None:
    reply = invoke(api.handler, api.event(accept))

    assert first_error(reply) == (406, "accept", "media_type")


@pytest.mark.parametrize("accept", ["text/csv", ARROW])
def test_an_error_is_a_problem_whatever_is_accepted(api: Api, accept: str) -> None:
    reply = invoke(api.handler, api.event(accept, b'{"instances": [[1]]}'))

    assert first_error(reply) == (422, "instances[0]", "shape")


def test_a_single_row_is_a_table_too(api: Api) -> None:
    reply = invoke(api.handler, api.event("text/csv", b'{"features": [1, 2]}'))

    assert reply.text == "class_name,label\r\nright,1\r\n"


@pytest.mark.parametrize("accept", ["text/csv", ARROW])
def test_a_table_has_the_rows_of_the_request(api: Api, accept: str) -> None:
    api.runtime.compute = lambda _: {"label": [1]}

    assert first_error(invoke(api.handler, api.event(accept))) == (422, "outputs", "shape")
    assert invoke(api.handler, api.event("application/json")).json["prediction"] == [1]
