"""Clients of the fixed wire contract that use only its documented methods and fields."""

import json
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from local import programs
from maas.domain.identity.principals import Principal, Role
from maas.security import tokens
from tests.support.older_contract import METHODS, OlderClient
from tests.support.registry_process import enrolled
from tests.support.stacks import RunningStack

# One kind of stack whose registry accepts calls without a token, and one whose registry requires it.
pytestmark = pytest.mark.kinds("open", "sam")
_KEEPALIVE = [("grpc.keepalive_time_ms", 10_000), ("grpc.keepalive_permit_without_calls", 1)]


@pytest.fixture
def admin(local_stack: RunningStack) -> Principal:
    return enrolled(local_stack.client("dynamodb"), local_stack.ready["tables"]["IdentityTable"], Role.ADMIN)


@pytest.fixture
def tenant(admin: Principal) -> str:
    return admin.tenant_id


@pytest.fixture
def token(local_stack: RunningStack, admin: Principal) -> str:
    """A service token such as our functions send; empty if the registry accepts calls without a token."""
    if local_stack.ready["registry_auth"] == "off":
        return ""
    return tokens.sign(local_stack.signing_key("calls to the registry"), tokens.SERVICE, admin)


@pytest.fixture
async def client(local_stack: RunningStack, token: str) -> AsyncIterator[OlderClient]:
    async with grpc.aio.insecure_channel(local_stack.ready["registry"], options=_KEEPALIVE) as channel:
        yield OlderClient(channel, token)


async def _refused(client: OlderClient, method: str, **fields: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await client(method, **fields)
    return caught.value.code(), caught.value.details() or ""


async def test_a_model_is_created_read_listed_changed_and_deleted(client: OlderClient, tenant: str) -> None:
    made = (await client("CreateModel", name="iris", framework="sklearn", version="v1.0.0", tenant_id=tenant)).model
    assert (made.version, made.status, made.tenant_id) == ("1.0.0", "pending", tenant)
    assert (await client("GetModel", id=made.id)).model == made

    await client("UpdateModel", id=made.id, description="flowers")
    await client("UpdateModelStatus", id=made.id, status="ready")
    await client("AddModelTags", model_id=made.id, tags=["red", "blue"])
    await client("RemoveModelTags", model_id=made.id, tags=["red"])
    await client("SetModelMetadata", model_id=made.id, metadata={"rows": "120"})

    listed = await client("ListModels", tenant_id=tenant)
    (changed,) = listed.models
    assert (listed.total, listed.page, listed.limit) == (1, 1, 20)
    assert (changed.description, changed.status, list(changed.tags)) == ("flowers", "ready", ["blue"])
    assert dict((await client("GetModelMetadata", model_id=made.id)).metadata) == {"rows": "120"}
    await client("DeleteModel", id=made.id)
    assert (await _refused(client, "GetModel", id=made.id))[0] is grpc.StatusCode.NOT_FOUND


async def test_refusals_have_the_documented_codes_and_name_the_field(client: OlderClient, tenant: str) -> None:
    await client("CreateModel", name="iris", framework="onnx", tenant_id=tenant)

    again = await _refused(client, "CreateModel", name="IRIS", framework="onnx", tenant_id=tenant)
    unknown = await _refused(client, "CreateModel", name="lily", framework="caffe", tenant_id=tenant)
    unnamed = await _refused(client, "CreateModel", framework="onnx", tenant_id=tenant)

    assert again[0] is grpc.StatusCode.ALREADY_EXISTS
    assert unknown[0] is unnamed[0] is grpc.StatusCode.INVALID_ARGUMENT
    assert "framework" in unknown[1]
    assert "name" in unnamed[1]


@pytest.mark.kinds("embedded", "sam")
async def test_a_registry_with_auth_refuses_calls_without_a_token(local_stack: RunningStack) -> None:
    async with grpc.aio.insecure_channel(local_stack.ready["registry"]) as channel:
        assert (await _refused(OlderClient(channel), "ListModels"))[0] is grpc.StatusCode.UNAUTHENTICATED


def test_grpcurl_lists_the_ten_methods_and_calls_them(local_stack: RunningStack, token: str, tenant: str) -> None:
    grpcurl = _Grpcurl(local_stack.ready["registry"], token)

    assert grpcurl.list() == sorted(f"model.ModelService.{method}" for method in METHODS)
    made = grpcurl.call("CreateModel", name="iris", framework="onnx", tenant_id=tenant)["model"]
    assert grpcurl.call("GetModel", id=made["id"])["model"]["name"] == "iris"
    assert grpcurl.call("ListModels", tenant_id=tenant)["total"] == "1"
    assert grpcurl.call("UpdateModel", id=made["id"], description="x")["model"]["description"] == "x"
    assert grpcurl.call("UpdateModelStatus", id=made["id"], status="ready")["model"]["status"] == "ready"
    assert grpcurl.call("AddModelTags", model_id=made["id"], tags=["a"]) == {}
    assert grpcurl.call("RemoveModelTags", model_id=made["id"], tags=["a"]) == {}
    assert grpcurl.call("SetModelMetadata", model_id=made["id"], metadata={"a": "b"}) == {}
    assert grpcurl.call("GetModelMetadata", model_id=made["id"])["metadata"] == {"a": "b"}
    assert grpcurl.call("DeleteModel", id=made["id"]) == {}


class _Grpcurl:
    """Runs grpcurl; skips the test if it is not installed."""

    def __init__(self, address: str, token: str) -> None:
        self._program = programs.find("grpcurl")
        self._address = address
        self._headers = ["-H", f"authorization: Bearer {token}"] if token else []
        if self._program is None:
            pytest.skip("grpcurl is not installed; local/tools/get-grpcurl builds it")

    def list(self) -> list[str]:
        return self._run("list", "model.ModelService").split()

    def call(self, method: str, **fields: Any) -> Any:
        return json.loads(self._run(f"model.ModelService/{method}", data=json.dumps(fields)))

    def _run(self, *words: str, data: str = "") -> str:
        sent = ["-d", data] if data else []
        command = [str(self._program), "-plaintext", *self._headers, *sent, self._address, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
