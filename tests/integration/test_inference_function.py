"""The inference function with real files in S3 and the fake registry."""

import asyncio
import base64
import gzip
import json
from types import ModuleType
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from maas.domain.catalog.versions import Artifact, Signature, Tensor
from maas.domain.identity.principals import Principal, Role, scopes_of
from maas.entrypoints.http import LambdaHandler
from tests.fakes.inference import artifact_of, model_with_file
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.samples import onnx_files
from tests.support.aws import ROOT, Aws
from tests.support.http_gateway import CONTEXT, Reply, event, invoke

FILE = onnx_files.largest_of_four()
ARTIFACT = artifact_of(
    FILE,
    Signature((Tensor("x", "float", (-1, 4)),), (Tensor("label", "int64", (-1,)), Tensor("values", "float", (-1, 4)))),
)


def _event(case: str, model_id: str = "") -> dict[str, Any]:
    """Returns the event from its file, for the model `model_id`."""
    text = (ROOT / "events" / "inference" / f"{case}.json").read_text()
    found: dict[str, Any] = json.loads(text.replace("01939e4c-7d2a-7d00-8000-000000000001", model_id))
    return found


def _caller() -> Principal:
    context = _event("predict")["requestContext"]["authorizer"]["lambda"]
    return Principal(context["sub"], context["tenant"], frozenset({Role.ADMIN}), scopes_of([Role.ADMIN]))


async def _published(registry: FakeRegistry, aws: Aws, artifact: Artifact = ARTIFACT, file: bytes = FILE) -> str:
    model_id = await model_with_file(registry, _caller(), {"class_names": ["a", "b", "c", "d"]}, artifact)
    version = await registry.publish_version(_caller(), model_id, "1.0.0")
    assert version.artifact
    bucket = aws.application.functions["InferenceFunction"].environment["MAAS_ARTIFACTS_BUCKET"]
    aws.client("s3").put_object(Bucket=bucket, Key=version.artifact.storage_key, Body=file)
    return model_id


@pytest.fixture(scope="module")
def app(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("lambda")))
        return aws.load("InferenceFunction")


@pytest.fixture
def model_id(aws: Aws, app: ModuleType, monkeypatch: pytest.MonkeyPatch) -> str:
    registry = fake_registry()
    monkeypatch.setattr(app.service, "_versions", registry)
    return asyncio.get_event_loop().run_until_complete(_published(registry, aws))


@pytest.fixture
def handler(app: ModuleType) -> LambdaHandler:
    found: LambdaHandler = app.handler
    return found


def _fields(reply: Reply) -> list[tuple[str, str]]:
    return [(error["field"], error["rule"]) for error in reply.json["errors"]]


def test_one_row_is_predicted_with_a_stored_file(handler: LambdaHandler, model_id: str) -> None:
    reply = invoke(handler, _event("predict", model_id))

    assert reply.status == 200, reply.text
    assert (reply.json["prediction"], reply.json["class_name"]) == (1, "b")
    assert reply.json["outputs"] == {"label": [1], "values": [[0.0, 1.0, 0.0, 0.0]]}


def test_one_process_serves_two_invocations(handler: LambdaHandler, model_id: str) -> None:
    replies = [invoke(handler, _event(case, model_id)) for case in ("predict-batch", "inference")]

    assert [reply.status for reply in replies] == [200, 200]
    assert replies[0].json["class_names"] == ["b", "d"]
    assert replies[1].json["class_name"] == "b"


def test_a_wrong_number_of_features_is_named(handler: LambdaHandler, model_id: str) -> None:
    reply = invoke(handler, _event("predict-wrong-count", model_id))

    assert (reply.status, _fields(reply)) == (422, [("features", "shape")])
    assert "expected 4 features, got 3" in reply.json["detail"]


def test_a_body_that_is_not_json_is_a_problem(handler: LambdaHandler, model_id: str) -> None:
    reply = invoke(handler, _event("predict-not-json", model_id))

    assert (reply.status, _fields(reply)) == (400, [("body", "json")])


def test_an_expired_token_is_reported(handler: LambdaHandler, model_id: str) -> None:
    reply = invoke(handler, _event("predict-expired-token", model_id))

    assert (reply.status, reply.json["code"]) == (401, "token_expired")


def test_a_registry_that_does_not_answer_is_503(handler: LambdaHandler) -> None:
    reply = invoke(handler, _event("predict", "01939e4c-7d2a-7d00-8000-000000000001"))

    assert (reply.status, reply.json["code"]) == (503, "unavailable")
    assert reply.headers["retry-after"] == "1"
    assert "internal:9090" not in reply.text


# Values of one decimal, since a request has 6 MB.
IMAGE = np.random.default_rng(0).integers(0, 10, (1, 3, 640, 640)) / 10
DETECTOR_FILE = onnx_files.detector()
DETECTOR = artifact_of(
    DETECTOR_FILE,
    Signature(
        (Tensor("image", "float", (1, 3, 640, 640)),),
        (Tensor("boxes", "float", (1, 84, 8400)), Tensor("best", "int64", (1,))),
    ),
)


@pytest.fixture
def detector_id(aws: Aws, app: ModuleType, monkeypatch: pytest.MonkeyPatch) -> str:
    registry = fake_registry()
    monkeypatch.setattr(app.service, "_versions", registry)
    return asyncio.get_event_loop().run_until_complete(_published(registry, aws, DETECTOR, DETECTOR_FILE))


def _detect(handler: LambdaHandler, model_id: str, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    """Returns the handler's answer for an image of 1,228,800 values, which are 4.9 MB of JSON."""
    content = json.dumps({"inputs": {"image": IMAGE.tolist()}, **body}, separators=(",", ":")).encode()
    sent = event("POST", f"/api/v1/models/{model_id}/predict", body=content, headers=headers, by=_caller())
    answer: dict[str, Any] = handler(sent, CONTEXT)
    return answer


def test_a_detector_of_usual_size_answers_as_onnx_runtime_does(handler: LambdaHandler, detector_id: str) -> None:
    answer = _detect(handler, detector_id, {"accept-encoding": "gzip"})

    assert answer["statusCode"] == 200, answer["body"][:300]
    assert len(json.dumps(answer)) < 6 * 1024 * 1024
    found = json.loads(gzip.decompress(base64.b64decode(answer["body"])))
    session = ort.InferenceSession(DETECTOR_FILE, providers=["CPUExecutionProvider"])
    (boxes,) = session.run(["boxes"], {"image": IMAGE.astype(np.float32)})
    assert np.array_equal(np.array(found["outputs"]["boxes"], np.float32), boxes)
    assert found["predictions"] == [None]


def test_a_chosen_output_of_the_detector_needs_no_gzip(handler: LambdaHandler, detector_id: str) -> None:
    answer = _detect(handler, detector_id, {}, outputs=["best"])

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["outputs"].keys() == {"best"}
    assert json.loads(answer["body"])["predictions"] == [int(IMAGE.ravel()[: 84 * 8400].argmax())]


def test_the_whole_answer_without_gzip_is_a_problem(handler: LambdaHandler, detector_id: str) -> None:
    answer = _detect(handler, detector_id, {})

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (413, "too_large")
    assert "accept-encoding: gzip" in json.loads(answer["body"])["detail"]
