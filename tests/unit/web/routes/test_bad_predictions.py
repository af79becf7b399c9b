"""Predictions that can't be made: each is refused with its field, at once, and leaves no memory behind."""

import base64
import gzip
import json
import resource
import sys
import time
import zlib
from dataclasses import dataclass
from typing import Any

import pytest

from maas.domain.inference.sizes import REQUEST_MAX
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.inference import InferenceService
from maas.services.readiness import ReadinessService
from maas.web.routes.inference import inference_routes
from maas.web.routes.open_inference import PUBLIC, open_inference_routes
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import CONTEXT, event, person

MIB = 1024 * 1024
# Seconds. The benchmark of bad input measures; here nothing may hang on a busy machine.
SOON = 5.0
ROW = [1, 2]
PREDICT, INFER = "/api/v1/models/{}/predict", "/v2/models/{}/infer"


@dataclass(frozen=True)
class Bad:
    """A request: its body as JSON or bytes, and its headers."""

    body: Any
    headers: tuple[tuple[str, str], ...] = ()


def _tensor(**fields: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": ROW, **fields}]}


def _binary(data: bytes, size: Any, **fields: Any) -> Bad:
    """A request whose data is behind its JSON."""
    tensor = {"name": "x", "shape": [1, 2], "datatype": "FP32", "parameters": {"binary_data_size": size}, **fields}
    head = json.dumps({"inputs": [tensor]}).encode()
    return Bad(head + data, (("inference-header-content-length", str(len(head))), *_BYTES))


_BYTES = (("content-type", "application/octet-stream"),)
_GZIP, _DEFLATE = (("content-encoding", "gzip"),), (("content-encoding", "deflate"),)

SIMPLE = {
    "no values": {},
    "values in two ways": {"features": ROW, "inputs": {"x": [ROW]}},
    "text for numbers": {"features": ["1", "2"]},
    "booleans for numbers": {"features": [True, False]},
    "an object for a number": {"features": [{}, 2]},
    "a number for rows": {"features": 3},
    "a text for rows": {"features": "1,2"},
    "null for rows": {"features": None},
    "too few columns": {"features": [1]},
    "too many columns": {"features": [1, 2, 3]},
    "no columns": {"features": [[]]},
    "ragged rows": {"features": [[1, 2], [3]]},
    "rows and values": {"features": [[1, 2], 3]},
    "too deep": {"features": [[[1, 2]]]},
    "deeper than any parser goes": {"features": json.loads("[" * 150 + "]" * 150)},
    "beyond float": {"features": [1e39, 2]},
    "beyond float, negative": {"features": [-1e300, 2]},
    "an unknown input": {"inputs": {"y": [ROW]}},
    "an input with a long name": {"inputs": {"y" * 100_000: [ROW]}},
    "no input": {"inputs": {}},
    "one input too many": {"inputs": {"x": [ROW], "y": [ROW]}},
    "inputs as a list": {"inputs": [ROW]},
    "an unknown output": {"features": ROW, "outputs": ["other"]},
    "an output twice": {"features": ROW, "outputs": ["label", "label"]},
    "no output": {"features": ROW, "outputs": []},
    "outputs as a text": {"features": ROW, "outputs": "label"},
    "an unknown field": {"features": ROW, "feature": ROW},
    "instances of records without names": {"instances": [{"a": 1, "b": 2}]},
    "instances of the wrong shape": {"instances": [1, 2]},
    "a record without columns": {"dataframe_records": [{}]},
    "a split of other columns": {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2]]}},
    "a split with a short row": {"dataframe_split": {"columns": ["x"], "data": [[]]}},
    "a timeout of 0": {"features": ROW, "timeout": 0},
    "a timeout below 0": {"features": ROW, "timeout": -1},
    "a timeout of a day": {"features": ROW, "timeout": 86_400},
    "a timeout as a text": {"features": ROW, "timeout": "1"},
    "a version that is not served": {"features": ROW, "version": "2.0.0"},
    "a version that is none": {"features": ROW, "version": ">>1"},
    "an empty version": {"features": ROW, "version": ""},
    "a version of 10,000 letters": {"features": ROW, "version": "v" * 10_000},
}
RAW = {
    "nothing": Bad(b""),
    "not JSON": Bad(b"features=1"),
    "a list": Bad(b"[1,2]"),
    "NaN": Bad(b'{"features": [NaN, 1]}'),
    "an infinity": Bad(b'{"features": [1, Infinity]}'),
    "a name twice": Bad(b'{"features": [1, 2], "features": [3, 4]}'),
    "a lone surrogate": Bad(b'{"inputs": {"\\ud800": 1}}'),
    "bytes that are no UTF-8": Bad(b'{"features": ["\xff"]}'),
    "a number of 5,000 digits": Bad(b'{"features": [%s, 1]}' % (b"1" * 5000)),
    "6 MiB and a byte": Bad(b" " * (REQUEST_MAX + 1)),
    "brackets without an end": Bad(b"[" * 1_000_000),
    "a compressed body": Bad(gzip.compress(b'{"features": [1, 2]}'), _GZIP),
    "a form": Bad(b"features=1", (("content-type", "application/x-www-form-urlencoded"),)),
    "a deadline of 0": Bad(b'{"features": [1, 2]}', (("x-request-timeout", "0"),)),
    "a deadline of -1": Bad(b'{"features": [1, 2]}', (("x-request-timeout", "-1"),)),
    "a deadline that is no number": Bad(b'{"features": [1, 2]}', (("x-request-timeout", "soon"),)),
    "a query": Bad(b'{"features": [1, 2]}', (("x-query", "version=1.0.0"),)),
}
TENSORS = {
    "no inputs": Bad({"inputs": []}),
    "an unknown input": Bad(_tensor(name="y")),
    "a type that the model does not take": Bad(_tensor(datatype="INT64")),
    "a type that is none": Bad(_tensor(datatype="FP8")),
    "a shape of another rank": Bad(_tensor(shape=[2])),
    "a shape of other columns": Bad(_tensor(shape=[2, 1])),
    "a negative dimension": Bad(_tensor(shape=[-1, 2])),
    "a dimension of 2^40": Bad(_tensor(shape=[2**40, 2])),
    "dimensions whose product has 200 bits": Bad(_tensor(shape=[2**63 - 1] * 2)),
    "a fraction of a dimension": Bad(_tensor(shape=[1.5, 2])),
    "more values than the shape": Bad(_tensor(data=[1, 2, 3])),
    "fewer values than the shape": Bad(_tensor(data=[1])),
    "ragged values": Bad(_tensor(shape=[2, 2], data=[[1, 2], [3]])),
    "text for numbers": Bad(_tensor(data=["1", "2"])),
    "no data": Bad({"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32"}]}),
    "an unknown output": Bad({**_tensor(), "outputs": [{"name": "other"}]}),
    "an input twice": Bad({"inputs": _tensor()["inputs"] * 2}),
    "bytes that do not match the shape": _binary(b"\0" * 7, 7),
    "bytes of another number of rows": _binary(b"\0" * 16, 16),
    "fewer bytes than said": _binary(b"\0" * 4, 8),
    "more bytes than said": _binary(b"\0" * 12, 8),
    "a negative number of bytes": _binary(b"\0" * 8, -8),
    "a number of bytes as a text": _binary(b"\0" * 8, "8"),
    "a JSON part longer than the body": Bad(b"{}", (("inference-header-content-length", "100"), *_BYTES)),
    "a JSON part of a negative length": Bad(b"{}", (("inference-header-content-length", "-1"), *_BYTES)),
    "gzip that is none": Bad(b"not gzip", _GZIP),
    "gzip that is cut off": Bad(gzip.compress(json.dumps(_tensor()).encode())[:-9], _GZIP),
    "a bomb of gzip": Bad(gzip.compress(b" " * (512 * MIB), 9), _GZIP),
    "a bomb of deflate": Bad(zlib.compress(b" " * (512 * MIB), 9), _DEFLATE),
    "another coding": Bad(json.dumps(_tensor()).encode(), (("content-encoding", "br"),)),
    "a deadline of 0": Bad(_tensor(), (("x-request-timeout", "0"),)),
}
CASES = (
    [(PREDICT, f"simple: {name}", Bad(body)) for name, body in SIMPLE.items()]
    + [(PREDICT, f"raw: {name}", case) for name, case in RAW.items()]
    + [(INFER, f"tensors: {name}", case) for name, case in TENSORS.items()]
)


class World:
    """The routes of predictions for one published model: the larger of two columns."""

    def __init__(self, registry: Any, by: Any, model_id: str) -> None:
        self.by, self.model_id = by, model_id
        service = InferenceService(registry, FakeRuntime(larger_column))
        routes = inference_routes(service), open_inference_routes(service, ReadinessService({}))
        self.handler = lambda_handler(create_app(*routes, title="test", public=PUBLIC))

    def __call__(self, path: str, case: Bad) -> tuple[int, Any]:
        body = case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
        headers = dict(case.headers)
        query = headers.pop("x-query", "")
        target = path.format(self.model_id) + (f"?{query}" if query else "")
        answer = self.handler(event("POST", target, body=body, headers=headers, by=self.by), CONTEXT)
        text = base64.b64decode(answer["body"]).decode() if answer.get("isBase64Encoded") else answer["body"]
        return answer["statusCode"], json.loads(text)


@pytest.fixture
async def world() -> World:
    registry, by = fake_registry(), person()
    model_id = await model_with_file(registry, by, {})
    await registry.publish_version(by, model_id, "1.0.0")
    return World(registry, by, model_id)


def test_there_are_many_and_the_model_answers_good_ones(world: World) -> None:
    assert len(CASES) >= 60
    assert world(PREDICT, Bad({"features": ROW}))[0] == 200
    assert world(INFER, Bad(_tensor()))[0] == 200
    assert world(INFER, _binary(b"\0" * 8, 8))[0] == 200


@pytest.mark.parametrize(
    ("path", "case"), [(path, case) for path, _, case in CASES], ids=[name for _, name, _ in CASES]
)
def test_it_is_refused_with_its_reason_and_no_memory_stays(world: World, path: str, case: Bad) -> None:
    before, started = _peak(), time.monotonic()

    status, answer = world(path, case)

    assert 400 <= status < 500, answer
    assert time.monotonic() - started < SOON
    assert _peak() - before < 100 * MIB
    if path == PREDICT:
        assert answer["errors"][0]["field"], answer
    else:
        assert answer["error"], answer
    assert "Traceback" not in json.dumps(answer)


def _peak() -> int:
    """Returns the most bytes that this process has had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
