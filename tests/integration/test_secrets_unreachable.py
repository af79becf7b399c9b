"""Cold starts while Secrets Manager is unreachable: the functions answer 503, because the fault is outside."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.errors import Unavailable
from maas.security.tokens import ACCESS, Key, sign
from tests.support.aws import ROOT, Aws
from tests.support.captured_logs import logged
from tests.support.http_gateway import CONTEXT, invoke, person

NOWHERE = "http://127.0.0.1:9"
Load = Callable[[str], Any]


@pytest.fixture
def load(aws: Aws) -> Load:
    """Loads a function with an AWS endpoint that does not answer, and returns its handler."""

    def cold_start(function: str) -> Any:
        spec = aws.application.functions[function]
        spec = replace(spec, environment={**spec.environment, "MAAS_AWS_ENDPOINT": NOWHERE})
        application = replace(aws.application, functions={function: spec})
        return replace(aws, application=application).load(function).handler

    return cold_start


def _event(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "events" / f"{path}.json").read_text())
    return found


@pytest.mark.parametrize(
    ("function", "event"),
    [
        ("AuthFunction", "auth/jwks"),
        ("ModelsFunction", "models/get"),
        ("UploadsFunction", "uploads/status"),
        ("InferenceFunction", "inference/predict"),
    ],
)
def test_a_function_starts_and_answers_503(load: Load, function: str, event: str) -> None:
    handler = load(function)
    with logged() as log:
        reply = invoke(handler, _event(event))
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, "unavailable", "1")
    assert reply.headers["content-type"] == "application/problem+json"
    assert "a secret can't be read" in log()
    assert "127.0.0.1" not in reply.text


def test_a_route_that_needs_no_secret_still_answers(load: Load) -> None:
    assert invoke(load("AuthFunction"), _event("auth/healthz")).status == 200


def test_the_authorizer_raises_so_its_answer_is_not_cached(load: Load) -> None:
    event = _event("authorizer/bearer")
    event["headers"]["authorization"] = f"Bearer {sign(Key.derive('k' * 64), ACCESS, person())}"
    with pytest.raises(Unavailable):
        load("AuthorizerFunction")(event, CONTEXT)


def test_the_validator_reports_its_messages_as_failed(load: Load) -> None:
    event = _event("validator/one")
    answer = load("ValidatorFunction")(event, CONTEXT)
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == [event["Records"][0]["messageId"]]
