"""model.ModelService on a real socket, called by a client that is made from the contract's table alone."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest

from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.security import tokens
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.grpc_errors import detail, status_of
from tests.support.older_contract import METHODS, OlderClient
from tests.support.registry_server import KEY, make_model, make_published, make_ready, person, serving

KEEPALIVE = (("grpc.keepalive_time_ms", 10_000), ("grpc.keepalive_permit_without_calls", 1))


@pytest.fixture
async def client() -> AsyncIterator[OlderClient]:
    """A client of a registry that requires no token."""
    async with (
        serving(MemoryRepository(), auth=False) as address,
        grpc.aio.insecure_channel(address, options=KEEPALIVE) as channel,
    ):
        yield OlderClient(channel)


async def refused(call: Any) -> tuple[grpc.StatusCode, str, list[str]]:
    """Awaits a failing call and returns its code, message and violated fields."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    bad = detail(status_of(error.value), BadRequest)
    return error.value.code(), error.value.details() or "", [violation.field for violation in bad.field_violations]


async def create(client: OlderClient, **fields: Any) -> Any:
    fields = {"name": "iris", "framework": "onnx", "tenant_id": "acme", "owner_id": "ada", **fields}
    return (await client("CreateModel", **fields)).model


async def test_create_returns_the_whole_model(client: OlderClient) -> None:
    model = await create(client, description="flowers", version="v1.0.0", tags=["a", "b"], is_public=True)
    assert (model.name, model.description, model.version, model.framework) == ("iris", "flowers", "1.0.0", "onnx")
    assert (model.status, model.size, model.checksum, model.storage_path) == ("pending", 0, "", "")
    assert (list(model.tags), model.owner_id, model.tenant_id, model.is_public) == (["a", "b"], "ada", "acme", True)
    assert model.created_at.seconds > 1_700_000_000
    assert (await client("GetModel", id=model.id)).model == model


async def test_a_model_without_a_version_starts_at_0_1_0(client: OlderClient) -> None:
    assert (await create(client)).version == "0.1.0"


async def test_a_client_needs_neither_tenant_nor_owner(client: OlderClient) -> None:
    model = await create(client, tenant_id="", owner_id="")
    assert (await client("GetModel", id=model.id)).model.tenant_id == ""
    assert [m.id for m in (await client("ListModels")).models] == [model.id]
    await client("DeleteModel", id=model.id)


async def test_names_are_unique_in_a_tenant_whatever_the_version(client: OlderClient) -> None:
    await create(client, version="1.0.0")
    code, message, fields = await refused(create(client, version="2.0.0"))
    assert (code, fields) == (grpc.StatusCode.ALREADY_EXISTS, ["name"])
    assert "add a version" in message
    assert (await create(client, tenant_id="other")).name == "iris"


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 10_240}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"framework": ""}, "framework"),
        ({"framework": "cobol"}, "framework"),
        ({"version": "1.0"}, "version"),
        ({"version": "vv1.0.0"}, "version"),
        ({"description": "\x00"}, "description"),
        ({"tags": ["a", "not this"]}, "tags[1]"),
        ({"metadata": {"k": "v" * 3000}}, "metadata.k"),
        ({"tenant_id": "x" * 129}, "tenant_id"),
        ({"owner_id": "x" * 129}, "owner_id"),
    ],
)
async def test_create_names_the_bad_field(client: OlderClient, broken: dict[str, Any], field: str) -> None:
    code, _, fields = await refused(create(client, **broken))
    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


@pytest.mark.parametrize(
    ("unknown", "expected"),
    [
        ("", grpc.StatusCode.INVALID_ARGUMENT),
        ("x", grpc.StatusCode.NOT_FOUND),
        (new_id(), grpc.StatusCode.NOT_FOUND),
        ("x" * 100_000, grpc.StatusCode.NOT_FOUND),
    ],
)
async def test_every_method_names_a_missing_or_unknown_id(
    client: OlderClient, unknown: str, expected: grpc.StatusCode
) -> None:
    for method in METHODS:
        if method in ("CreateModel", "ListModels"):
            continue
        extra = {"status": "ready"} if method == "UpdateModelStatus" else {}
        key = "model_id" if "model_id" in client.message(f"{method}Request").DESCRIPTOR.fields_by_name else "id"
        code, _, fields = await refused(client(method, **{key: unknown}, **extra))
        assert (method, code, fields) == (method, expected, [key])


async def test_update_ignores_empty_fields(client: OlderClient) -> None:
    model = await create(client, description="old", tags=["a"], metadata={"k": "v"}, is_public=True)
    same = (await client("UpdateModel", id=model.id)).model
    assert same == model
    changed = (await client("UpdateModel", id=model.id, name="new", tags=["b"], metadata={"x": "y"})).model
    assert (changed.name, changed.description, list(changed.tags), changed.is_public) == ("new", "old", ["b"], True)
    assert dict((await client("GetModelMetadata", model_id=model.id)).metadata) == {"x": "y"}


async def test_update_refuses_a_taken_name(client: OlderClient) -> None:
    await create(client, name="taken")
    model = await create(client)
    code, _, fields = await refused(client("UpdateModel", id=model.id, name="TAKEN"))
    assert (code, fields) == (grpc.StatusCode.ALREADY_EXISTS, ["name"])


async def test_a_status_must_be_in_the_contract(client: OlderClient) -> None:
    model = await create(client)
    for status in ("building", "ready", "deploying", "running", "failed", "archived", "pending"):
        assert (await client("UpdateModelStatus", id=model.id, status=status)).model.status == status
    for status in ("", "asleep", "READY"):
        code, _, fields = await refused(client("UpdateModelStatus", id=model.id, status=status))
        assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["status"])


async def test_tags_are_added_and_removed(client: OlderClient) -> None:
    model = await create(client, tags=["a"])
    await client("AddModelTags", model_id=model.id, tags=["B", "a"])
    await client("RemoveModelTags", model_id=model.id, tags=["A", "never there"[:5]])
    assert list((await client("GetModel", id=model.id)).model.tags) == ["b"]
    for method in ("AddModelTags", "RemoveModelTags"):
        code, _, fields = await refused(client(method, model_id=model.id, tags=["?"]))
        assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["tags[0]"])


async def test_metadata_is_replaced_and_read(client: OlderClient) -> None:
    model = await create(client, metadata={"old": "1"})
    await client("SetModelMetadata", model_id=model.id, metadata={"new": "2"})
    assert dict((await client("GetModelMetadata", model_id=model.id)).metadata) == {"new": "2"}
    await client("SetModelMetadata", model_id=model.id)
    assert dict((await client("GetModelMetadata", model_id=model.id)).metadata) == {}


async def test_a_deleted_model_is_gone_and_its_name_free(client: OlderClient) -> None:
    model = await create(client)
    assert type(await client("DeleteModel", id=model.id)).DESCRIPTOR.full_name == "google.protobuf.Empty"
    assert (await refused(client("GetModel", id=model.id)))[0] is grpc.StatusCode.NOT_FOUND
    assert (await refused(client("DeleteModel", id=model.id)))[0] is grpc.StatusCode.NOT_FOUND
    assert (await create(client)).name == "iris"


async def test_lists_are_filtered_paged_and_counted(client: OlderClient) -> None:
    for number in range(5):
        await create(client, name=f"m{number}", tags=["even"] if number % 2 == 0 else ["odd"])
    await create(client, name="other", tenant_id="other", framework="sklearn", is_public=True)

    every = await client("ListModels")
    assert (every.total, every.page, every.limit, len(every.models)) == (6, 1, 20, 6)
    assert (await client("ListModels", tenant_id="acme")).total == 5
    last = await client("ListModels", tenant_id="acme", page=3, limit=2)
    assert (last.total, last.page, last.limit, len(last.models)) == (5, 3, 2, 1)
    pages = [await client("ListModels", page=page, limit=4) for page in (1, 2, 3)]
    assert [m.id for page in pages for m in page.models] == [m.id for m in every.models]
    for fields, total in (
        ({"name": "M1"}, 1),
        ({"framework": "sklearn"}, 1),
        ({"status": "ready"}, 0),
        ({"owner_id": "ada"}, 6),
        ({"tags": ["even"]}, 3),
        ({"tags": ["even", "odd"]}, 0),
        ({"is_public": True}, 1),
        ({"is_public": False}, 6),
        ({"tenant_id": "nobody's"}, 0),
    ):
        found = await client("ListModels", **fields)
        assert (fields, found.total, len(found.models)) == (fields, total, total)


async def test_a_list_returns_the_page_and_limit_it_used(client: OlderClient) -> None:
    answer = await client("ListModels", page=2**31 - 1, limit=2**31 - 1)
    assert (answer.page, answer.limit, len(answer.models)) == (2**31 - 1, 100, 0)


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"page": -1}, "page"),
        ({"limit": -1}, "limit"),
        ({"framework": "cobol"}, "framework"),
        ({"status": "asleep"}, "status"),
        ({"tags": [""]}, "tags[0]"),
        ({"name": "x" * 200}, "name"),
        ({"tenant_id": "x" * 200}, "tenant_id"),
    ],
)
async def test_list_names_the_bad_field(client: OlderClient, broken: dict[str, Any], field: str) -> None:
    code, _, fields = await refused(client("ListModels", **broken))
    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


async def test_a_token_limits_calls_to_its_tenant() -> None:
    mine, other = person(), person()
    async with serving(MemoryRepository()) as address, grpc.aio.insecure_channel(address) as channel:
        ours, theirs = (OlderClient(channel, tokens.sign(KEY, tokens.SERVICE, by)) for by in (mine, other))
        code, message, _ = await refused(create(ours, tenant_id=other.tenant_id))
        assert (code, message) == (grpc.StatusCode.PERMISSION_DENIED, "tenant_id must be the caller's own, or empty")
        made = await create(ours, tenant_id="", owner_id="somebody else")
        assert (made.tenant_id, made.owner_id) == (mine.tenant_id, mine.subject)
        assert (await refused(theirs("GetModel", id=made.id)))[0] is grpc.StatusCode.NOT_FOUND
        assert (await theirs("ListModels")).total == 0
        assert (await ours("ListModels", tenant_id=mine.tenant_id)).total == 1


async def test_other_tenants_do_not_see_unpublished_versions() -> None:
    repository, owner, stranger = MemoryRepository(), person(), person()
    registry = FakeRegistry(repository)
    model = await make_model(registry, owner, is_public=True)
    await make_ready(registry, owner, model, "0.9.0-secret.1")
    async with serving(repository) as address, grpc.aio.insecure_channel(address) as channel:

        async def visible(by: Principal) -> tuple[str, str, int]:
            client = OlderClient(channel, tokens.sign(KEY, tokens.SERVICE, by))
            found = (await client("GetModel", id=model.id)).model
            return found.version, found.storage_path, found.size

        assert (await visible(owner))[0] == "0.9.0-secret.1"
        assert await visible(stranger) == ("", "", 0)
        await make_published(registry, owner, model, "1.0.0")
        assert (await visible(stranger))[0] == "1.0.0"
