"""The models function with events/models/*.json, connected to a registry on a real socket."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from functions.registry.container import build_server
from functions.registry.settings import CALLS_MAX
from local.events.files import MODEL, TENANT, USER
from maas.domain.catalog.aliases import NOTHING_EXPECTED, AliasTarget, Expectation
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.catalog.versions import Signature
from maas.domain.identity.grants import WantedGrant
from maas.domain.identity.principals import Role, validator
from maas.domain.ids import new_id
from maas.entrypoints.http import LambdaHandler
from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader
from maas.wire.errors import RETRY_SECONDS
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support import lambda_events
from tests.support.aws import Aws
from tests.support.captured_logs import logged
from tests.support.http_gateway import CONTEXT, Reply, invoke
from tests.support.registry_server import (
    PEOPLE,
    SHA256,
    SIGNATURE,
    artifact,
    as_signed,
    make_published,
    make_ready,
    make_upload,
    person,
)

IRIS = {"name": "Iris", "framework": "onnx", "tags": ["demo"], "metadata": {"team": "botany"}}

CASES = {case.name: case for case in lambda_events.cases("models")}
LOOKED_UP = sorted(
    name for name, case in CASES.items() if "create" not in name and case.expected["status"] not in {406, 422, 428}
)


class Function:
    """The function after a cold start, and a registry that can be stopped and started."""

    def __init__(self, aws: Aws) -> None:
        spec = aws.application.functions["ModelsFunction"]
        self._keys = TokenKeys.of(spec.environment["MAAS_SERVICE_SECRET"], SecretReader(aws.endpoint))
        self._repository = MemoryRepository()
        self._listen = "127.0.0.1:0"
        self.start()
        self.app: ModuleType = _at(aws, self._listen).load("ModelsFunction")
        self.handler: LambdaHandler = self.app.handler

    def start(self, calls_max: int = CALLS_MAX) -> None:
        self._server = build_server(
            self._repository,
            self._keys,
            as_signed,
            PEOPLE,
            listen=self._listen,
            auth=True,
            calls_max=calls_max,
        )
        _run(self._server.start())
        self._listen = f"127.0.0.1:{self._server.port}"

    def stop(self) -> None:
        _run(self._server.stop(grace=0))

    async def publish(self, tenant: str, model_id: str) -> None:
        """Uploads, validates and publishes the draft 1.0.0."""
        registry, by = FakeRegistry(self._repository), person(tenant)
        upload = await make_upload(registry, by, await registry.get_model(by, model_id))
        await registry.complete_upload(by, upload.id, SHA256)
        await registry.record_validation(validator(tenant), upload.id, artifact(upload))
        await registry.publish_version(by, model_id, "1.0.0")

    async def add_draft(self, tenant: str, model_id: str) -> None:
        """Adds a draft of 1.1.0."""
        new = NewVersion(bump="minor", changelog="- More trees.", metrics={"accuracy": 0.9})
        await FakeRegistry(self._repository).create_version(person(tenant), model_id, new)

    async def move_alias(self, tenant: str, model_id: str) -> None:
        """Publishes 1.0.0 and 1.1.0, and moves the alias production from one to the other."""
        await self.publish(tenant, model_id)
        registry, by = FakeRegistry(self._repository), person(tenant)
        await make_published(registry, by, await registry.get_model(by, model_id), "1.1.0")
        for version, expected in (("1.0.0", NOTHING_EXPECTED), ("1.1.0", Expectation(exists=True))):
            target = AliasTarget(alias="production", version=version, expected=expected)
            await registry.set_alias(by, model_id, target)

    async def share(self, tenant: str, model_id: str) -> None:
        """Grants the role of a viewer on the model to the user of the events."""
        wanted = WantedGrant(tenant, "user", "viewer")
        await FakeRegistry(self._repository).set_grant(person(tenant, Role.ADMIN), model_id, wanted)

    async def ready(self, tenant: str, model_id: str, number: str, signature: Signature) -> None:
        """Creates a ready version with this signature."""
        registry, by = FakeRegistry(self._repository), person(tenant)
        await make_ready(registry, by, await registry.get_model(by, model_id), number, signature)


def _at(aws: Aws, address: str) -> Aws:
    """Returns the template's resources with the registry at `address`."""
    spec = aws.application.functions["ModelsFunction"]
    spec = replace(spec, environment={**spec.environment, "MAAS_REGISTRY_ADDRESS": address})
    return replace(aws, application=replace(aws.application, functions={"ModelsFunction": spec}))


def _run(work: Any) -> None:
    asyncio.get_event_loop().run_until_complete(work)


@pytest.fixture(scope="module")
def function(aws: Aws) -> Iterator[Function]:
    found = Function(aws)
    yield found
    _run(found.app.registry.close())
    found.stop()


@pytest.fixture
def tenant() -> str:
    return new_id()


def _event(case: str, tenant: str, model_id: str = MODEL) -> dict[str, Any]:
    """Returns the event of the one user of a tenant. A grant to a user holds in each tenant, so no two have one id."""
    return CASES[case].event({TENANT: tenant, USER: tenant, MODEL: model_id})


@pytest.fixture
def iris(function: Function, tenant: str) -> str:
    """The id of a model at revision 2 with a draft of 1.0.0."""
    create = {**_event("create", tenant), "body": json.dumps(IRIS)}
    model_id = invoke(function.handler, create).json["id"]
    draft = _event("create-version", tenant, model_id)
    assert invoke(function.handler, {**draft, "body": json.dumps({"version": "1.0.0"})}).status == 201
    return str(model_id)


@pytest.mark.parametrize("case", CASES)
def test_each_event_gets_its_answer(function: Function, tenant: str, iris: str, case: str) -> None:
    if CASES[case].given in {"published", "next_draft"}:
        _run(function.publish(tenant, iris))
    if CASES[case].given == "next_draft":
        _run(function.add_draft(tenant, iris))
    if CASES[case].given == "aliased":
        _run(function.move_alias(tenant, iris))
    if CASES[case].given == "shared":
        _run(function.share(tenant, iris))
    answer = function.handler(_event(case, tenant, iris), CONTEXT)
    CASES[case].check(answer, {MODEL: iris, USER: tenant})


def test_a_breaking_minor_is_409_with_each_reason_until_forced(function: Function, tenant: str, iris: str) -> None:
    _run(function.publish(tenant, iris))
    _run(function.ready(tenant, iris, "1.1.0", replace(SIGNATURE, inputs=())))
    event = json.loads(json.dumps(_event("publish-draft", tenant, iris)).replace("1.0.0", "1.1.0"))
    refused = invoke(function.handler, event)
    assert (refused.status, refused.json["code"]) == (409, "incompatible")
    assert {each["rule"] for each in refused.json["errors"]} == {"removed"}
    assert len(refused.json["errors"]) == len(SIGNATURE.inputs)
    forced = invoke(function.handler, {**event, "body": json.dumps({"force": True, "reason": "nobody calls it yet"})})
    assert (forced.status, forced.json["state"], forced.json["forced"]) == (200, "published", "nobody calls it yet")


@pytest.mark.parametrize("case", LOOKED_UP)
def test_another_tenant_finds_nothing(function: Function, iris: str, case: str) -> None:
    reply = invoke(function.handler, _event(case, new_id(), iris))
    if case == "usage":
        assert {quota["use"] for quota in reply.json["quotas"].values()} == {0}
    elif case in {"list", "list-page", "list-public", "list-held-grants"}:
        assert reply.json["items"] == []
    else:
        assert reply.status == 404


def test_a_change_is_visible_in_the_next_answer(function: Function, tenant: str, iris: str) -> None:
    assert invoke(function.handler, _event("patch", tenant, iris)).headers["etag"] == '"3"'
    reply = invoke(function.handler, _event("get", tenant, iris))
    assert (reply.json["description"], reply.headers["etag"]) == ("Fisher, 1936.", '"3"')


def test_the_registrys_field_errors_reach_the_caller(function: Function, tenant: str) -> None:
    reply = invoke(function.handler, _event("create-unknown-framework", tenant))
    assert reply.json["code"] == "invalid_input"
    assert "onnx" in reply.json["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ('{"version": "2.0.0", "metadata": {"n": NaN}}', 422, "metadata"),
        ('{"version": "2.0.0", "metadata": {"n": 1e999}}', 422, "metadata"),
        ('{"version": "2.0.0", "metadata": {"n": %s}}' % ("9" * 300), 201, ""),
        ('{"version": "2.0.0", "metadata": {"a": "\\ud83d\\ude00"}}', 201, ""),
        ('{"version": "2.0.0", "metadata": {"a": "\\u0000"}}', 422, "metadata.a"),
        ('{"version": "2.0.0", "metadata": {"a": %s}}' % ("[" * 150 + "]" * 150), 422, "metadata"),
        ('{"version": "2.0.0", "changelog": "%s"}' % ("x" * 1_000_000), 422, "changelog"),
    ],
)
def test_unusual_json_is_kept_or_refused(
    function: Function, tenant: str, iris: str, body: str, status: int, field: str
) -> None:
    reply = invoke(function.handler, {**_event("create-version", tenant, iris), "body": body})
    assert reply.status == status, reply.text[:500]
    assert (
        reply.json["errors"][0]["field"] == field if field else reply.json["metadata"] == json.loads(body)["metadata"]
    )


def test_a_stopped_registry_is_503_until_it_restarts(function: Function, tenant: str, iris: str) -> None:
    function.stop()
    for case in ("get", "patch"):
        gone = invoke(function.handler, _event(case, tenant, iris))
        assert (gone.status, gone.json["code"], gone.headers["retry-after"]) == (503, "unavailable", "1")
        assert "127.0.0.1" not in gone.text
    function.start()
    assert invoke(function.handler, _event("get", tenant, iris)).status == 200


def test_an_overloaded_registry_is_429_with_retry_after(function: Function, tenant: str, iris: str) -> None:
    function.stop()
    function.start(calls_max=0)
    for case in ("get", "patch"):
        shed = invoke(function.handler, _event(case, tenant, iris))
        assert (shed.status, shed.json["code"], shed.headers["retry-after"]) == (429, "exhausted", str(RETRY_SECONDS))
    function.stop()
    function.start()
    assert invoke(function.handler, _event("get", tenant, iris)).status == 200


def test_function_and_registry_log_the_request_id_and_trace(function: Function, tenant: str, iris: str) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    event = _event("get", tenant, iris)
    given = {"x-request-id": "the-request", "traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    with logged() as lines:
        assert invoke(function.handler, {**event, "headers": {**event["headers"], **given}}).status == 200
        function.stop()
        assert invoke(function.handler, {**event, "headers": {**event["headers"], **given}}).status == 503
        function.start()
    found = [json.loads(line) for line in lines().splitlines()]
    assert [line["message"] for line in found] == ["call", "request", "the registry does not answer", "request"]
    called, _, missed, _ = found
    for line in found:
        assert (line["request_id"], line["trace_id"]) == ("the-request", trace_id)
    assert len({"00f067aa0ba902b7", called["span_id"], missed["span_id"]}) == 3


def test_the_answer_has_api_gateways_format(function: Function, tenant: str, iris: str) -> None:
    answer = function.handler(_event("get", tenant, iris), CONTEXT)
    assert set(answer) == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert isinstance(answer["body"], str)
    assert answer["isBase64Encoded"] is False
    assert Reply(200, answer["headers"], answer["body"]).json["id"] == iris
