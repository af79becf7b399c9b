"""The uploads function, the validator and the remover, from the first URL to a ready version or an empty bucket.

The registry is a fake.
"""

import asyncio
import hashlib
import json
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, TypeVar

import httpx2
import pytest

from maas.domain.capturing.captures import new_key
from maas.domain.catalog.formats import MODELS
from maas.domain.catalog.models import NewModel
from maas.domain.catalog.versions import Signature, Tensor, Version, VersionState
from maas.domain.identity.principals import Principal, Role, scopes_of
from maas.services.validation import NO_RESULT
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.samples.hostile_onnx import iris_model
from tests.support.aws import ROOT, Aws
from tests.support.http_gateway import CONTEXT, Reply, invoke

T = TypeVar("T")
Functions = tuple[ModuleType, ModuleType, ModuleType]
UPLOAD_ID, MODEL_ID = "01939e4c-7d2a-7e00-8000-000000000002", "01939e4c-7d2a-7d00-8000-000000000001"


def event(name: str, upload_id: str = UPLOAD_ID, model_id: str = MODEL_ID, **body: object) -> dict[str, Any]:
    """Returns the event from its file, for this upload and model, with the fields `body` changed."""
    text = (ROOT / "events" / f"{name}.json").read_text()
    found: dict[str, Any] = json.loads(text.replace(UPLOAD_ID, upload_id).replace(MODEL_ID, model_id))
    if body:
        found["body"] = json.dumps({**json.loads(found["body"]), **body})
    return found


def caller() -> Principal:
    context = event("uploads/start")["requestContext"]["authorizer"]["lambda"]
    return Principal(context["sub"], context["tenant"], frozenset({Role.ADMIN}), scopes_of([Role.ADMIN]))


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.get_event_loop().run_until_complete(work)


@dataclass
class World:
    """The functions with the template's bucket and queues, and a model with a draft 1.0.0."""

    aws: Aws
    uploads: ModuleType
    validator: ModuleType
    remover: ModuleType
    registry: FakeRegistry
    model_id: str

    def call(self, name: str, upload_id: str = UPLOAD_ID, **body: object) -> Reply:
        return invoke(self.uploads.handler, event(f"uploads/{name}", upload_id, self.model_id, **body))

    def uploaded(self, content: bytes) -> str:
        """Uploads `content`, completes the upload and returns its id."""
        started = self.call("start", size=len(content)).json
        for part in started["urls"]:
            assert httpx2.put(part["url"], content=content, headers=part["headers"], trust_env=False).is_success
        upload_id: str = started["upload_id"]
        reply = self.call("complete", upload_id, sha256=hashlib.sha256(content).hexdigest())
        assert (reply.status, reply.json["state"]) == (202, "validating"), reply.text
        return upload_id

    def validate(self, name: str, upload_id: str) -> list[str]:
        """Runs the validator on a batch and returns the ids of the failed messages."""
        answer = self.validator.handler(event(f"validator/{name}", upload_id), CONTEXT)
        return [item["itemIdentifier"] for item in answer["batchItemFailures"]]

    def remove(self, **changes: object) -> None:
        """Runs the remover on the version, whose removal is due since long, or on a message with these `changes`."""
        given = event("remover/version", model_id=self.model_id)
        [record] = given["Records"]
        record["body"] = json.dumps(json.loads(record["body"]) | {"tenant_id": caller().tenant_id} | changes)
        assert self.remover.handler(given, CONTEXT) == {"batchItemFailures": []}

    def captured(self, at: datetime) -> str:
        """Returns the key of a new file of captured predictions."""
        bucket = self.aws.application.functions["UploadsFunction"].environment["MAAS_ARTIFACTS_BUCKET"]
        key = new_key(caller().tenant_id, self.model_id, 30, at)
        self.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"inputs", Tagging="keep=30")
        return key

    def version(self) -> Version:
        return run(self.registry.get_version(caller(), self.model_id, "1.0.0"))

    def keys(self, folder: str = "models") -> list[str]:
        """Returns the keys of the model's objects, including old versions and delete markers."""
        bucket = self.aws.application.functions["UploadsFunction"].environment["MAAS_ARTIFACTS_BUCKET"]
        prefix = f"{folder}/{caller().tenant_id}/{self.model_id}/"
        found = self.aws.client("s3").list_object_versions(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for kind in ("Versions", "DeleteMarkers") for item in found.get(kind, ())]


@pytest.fixture(scope="module")
def functions(aws: Aws) -> Iterator[Functions]:
    found = aws.load("UploadsFunction"), aws.load("ValidatorFunction"), aws.load("RemoverFunction")
    yield found
    for function in found[1:]:
        function.runner.close()


@pytest.fixture
def world(aws: Aws, functions: Functions, monkeypatch: pytest.MonkeyPatch) -> World:
    registry = fake_registry()
    uploads, validator, remover = functions
    for service in (uploads.uploads, uploads.downloads, validator.service, remover.removals):
        monkeypatch.setattr(service, "_registry", registry)
    model = run(registry.create_model(caller(), NewModel(name="iris", framework="sklearn", version="1.0.0")))
    return World(aws, uploads, validator, remover, registry, model.id)


def fields(reply: Reply) -> list[tuple[str, str]]:
    return [(error["field"], error["rule"]) for error in reply.json["errors"]]


def test_a_real_model_is_uploaded_validated_and_downloaded(world: World) -> None:
    content = iris_model()
    upload_id = world.uploaded(content)
    queue = world.aws.application.functions["UploadsFunction"].environment["MAAS_VALIDATION_QUEUE_URL"]
    messages = world.aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    expected = {"upload_id": upload_id, "tenant_id": caller().tenant_id}
    assert expected in [json.loads(message["Body"]) for message in messages]

    assert world.validate("one", upload_id) == []

    version = world.version()
    assert version.state is VersionState.READY
    assert version.artifact is not None
    assert version.artifact.signature == Signature(
        (Tensor("X", "float", (-1, 4)),),
        (Tensor("label", "int64", (-1,)), Tensor("probabilities", "float", (-1, 3))),
    )
    assert version.artifact.object_version
    assert world.keys() == [version.artifact.storage_key, f"{version.artifact.storage_key}.graph.json.gz"]
    reply = world.call("download")
    assert reply.status == 200
    assert (reply.json["size"], reply.json["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert httpx2.get(reply.json["url"], trust_env=False).content == content
    world.remove()
    assert len(world.keys()) == 2


def test_a_batch_reports_only_its_bad_message(world: World) -> None:
    upload_id = world.uploaded(iris_model())
    assert world.validate("one-good-one-bad", upload_id) == ["059f36b4-87a3-44ab-83d2-661975940002"]
    assert world.version().state is VersionState.READY


COMPANION = f"the file is a text, and no model: a version needs one of {MODELS}"


def test_a_file_that_is_not_onnx_fails_its_version_and_is_removed(world: World) -> None:
    upload_id = world.uploaded(b"sepal_length,sepal_width\n")
    assert world.validate("one", upload_id) == []
    assert (world.version().state, world.version().failure) == (VersionState.FAILED, COMPANION)
    assert len(world.keys()) == 1
    world.remove()
    assert world.keys() == []


def test_a_failed_version_can_be_uploaded_again(world: World) -> None:
    world.validate("one", world.uploaded(b"sepal_length,sepal_width\n"))
    assert world.validate("one", world.uploaded(iris_model())) == []
    assert world.version().state is VersionState.READY


def test_an_upload_is_continued_and_aborted_by_its_id(world: World) -> None:
    started = world.call("start")
    assert started.status == 201
    upload_id = started.json["upload_id"]
    assert started.headers["location"] == f"/api/v1/uploads/{upload_id}"
    signed = world.call("sign-parts", upload_id)
    assert (signed.status, signed.json["urls"][0]["length"]) == (200, 9766)
    status = world.call("status", upload_id)
    assert (status.status, status.json["state"], status.json["missing"]) == (200, "open", [1])
    incomplete = world.call("complete", upload_id)
    assert (incomplete.status, fields(incomplete)) == (422, [("parts", "missing")])
    assert [world.call("abort", upload_id).status for _ in range(2)] == [204, 204]
    assert world.version().state is VersionState.DRAFT
    assert world.call("status", upload_id).json["state"] == "aborted"


def test_an_empty_file_is_refused(world: World) -> None:
    reply = world.call("start-empty-file")
    assert (reply.status, fields(reply)) == (422, [("size", "range")])


def test_an_unknown_upload_is_not_found(world: World) -> None:
    assert [world.call(name).status for name in ("status", "sign-parts", "complete", "abort")] == [404] * 4


def test_an_unreachable_registry_postpones_the_check(aws: Aws, functions: Functions) -> None:
    _, validator, _ = functions
    before = delayed_messages(aws)
    assert validator.handler(event("validator/one"), CONTEXT) == {"batchItemFailures": []}
    assert delayed_messages(aws) == before + 1


def test_the_fourth_delivery_fails_the_version_and_the_message(world: World) -> None:
    upload_id = world.uploaded(iris_model())
    fourth = event("validator/one", upload_id)
    fourth["Records"][0]["attributes"]["ApproximateReceiveCount"] = "4"
    answer = world.validator.handler(fourth, CONTEXT)
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == ["059f36b4-87a3-44ab-83d2-661975940001"]
    assert (world.version().state, world.version().failure) == (VersionState.FAILED, NO_RESULT)


def delayed_messages(aws: Aws) -> int:
    queue = aws.application.functions["ValidatorFunction"].environment["MAAS_VALIDATION_QUEUE_URL"]
    name = "ApproximateNumberOfMessagesDelayed"
    return int(aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"][name])


def test_inputs_of_a_model_are_removed_with_it_and_with_their_capture(world: World) -> None:
    ended = datetime.now(UTC) - timedelta(days=1)
    earlier, again = world.captured(ended - timedelta(days=1)), world.captured(ended + timedelta(hours=1))
    world.remove(version="", captured=False)  # its model is there
    assert world.keys("captures") == [earlier, again]
    world.remove(version="", captured=True, since=int(ended.timestamp()))
    assert world.keys("captures") == [again]
    run(world.registry.delete_model(caller(), world.model_id))
    world.remove(version="")
    assert world.keys("captures") == []
