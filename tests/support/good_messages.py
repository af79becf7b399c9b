"""A valid request of every RPC of the registry, with the state that it needs. A test asserts that none is missing."""

from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.message import Message

from maas.domain.catalog.models import Model
from maas.domain.identity.grants import WantedGrant
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.domain.uploads.sessions import MIB, SINGLE_MAX, storage_key
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.services.ports.registry import Registry
from maas.wire.fields import to_timestamp
from maas.wire.versions import to_artifact
from tests.support import good_capture_messages, good_rollout_messages, good_use_messages  # noqa: F401 - they add their own to GOOD
from tests.support.aliases import moved_alias
from tests.support.good_older_messages import GOOD, OURS, a_model, good
from tests.support.registry_server import (
    SHA256,
    artifact,
    make_draft,
    make_published,
    make_ready,
    make_upload,
    set_start,
)

__all__ = ["GOOD"]


async def _model_with(
    make: Callable[[Registry, Principal, Model], Awaitable[object]], registry: Registry, by: Principal
) -> str:
    """Creates a model whose version 1.0.0 is made by `make`, and returns its id."""
    model = await a_model(registry, by)
    await make(registry, by, model)
    return model.id


@good(OURS)
async def create_model(registry: Registry, by: Principal) -> Message:
    return pb.CreateModelRequest(
        name=f"model {new_id()}", framework="onnx", tags=["a"], metadata={"a": "b"}, version="1.0.0"
    )


@good(OURS)
async def get_model(registry: Registry, by: Principal) -> Message:
    return pb.GetModelRequest(id=(await a_model(registry, by)).id)


@good(OURS)
async def list_models(registry: Registry, by: Principal) -> Message:
    return pb.ListModelsRequest(q="model", framework="onnx", status="pending", tags=["a"], limit=5)


@good(OURS)
async def update_model(registry: Registry, by: Principal) -> Message:
    model = await a_model(registry, by)
    return pb.UpdateModelRequest(
        id=model.id,
        expected_revision=model.revision,
        name=f"model {new_id()}",
        framework="sklearn",
        status="ready",
        tags=pb.StringList(values=["c"]),
        metadata=pb.StringMap(entries={"c": "d"}),
    )


@good(OURS)
async def delete_model(registry: Registry, by: Principal) -> Message:
    model = await a_model(registry, by)
    return pb.DeleteModelRequest(id=model.id, expected_revision=model.revision)


@good(OURS)
async def create_version(registry: Registry, by: Principal) -> Message:
    model_id = await _model_with(make_draft, registry, by)
    return pb.CreateVersionRequest(
        model_id=model_id, version="1.1.0", parent="1.0.0", metadata_json='{"a":[1]}', metrics={"auc": 0.9}
    )


@good(OURS)
async def get_version(registry: Registry, by: Principal) -> Message:
    return pb.GetVersionRequest(model_id=await _model_with(make_published, registry, by), ref="latest")


@good(OURS)
async def list_versions(registry: Registry, by: Principal) -> Message:
    return pb.ListVersionsRequest(model_id=(await a_model(registry, by)).id, limit=5)


@good(OURS)
async def update_version(registry: Registry, by: Principal) -> Message:
    model = await a_model(registry, by)
    draft = await make_draft(registry, by, model)
    return pb.UpdateVersionRequest(
        model_id=model.id,
        version="1.0.0",
        expected_revision=draft.revision,
        changelog="more",
        metadata_json='{"a":[1]}',
        metrics=pb.Metrics(entries={"auc": 0.9}),
        model_card="# Iris",
    )


@good(OURS)
async def publish_version(registry: Registry, by: Principal) -> Message:
    return pb.PublishVersionRequest(model_id=await _model_with(make_ready, registry, by), version="1.0.0")


@good(OURS)
async def deprecate_version(registry: Registry, by: Principal) -> Message:
    return pb.DeprecateVersionRequest(model_id=await _model_with(make_published, registry, by), version="1.0.0")


@good(OURS)
async def delete_version(registry: Registry, by: Principal) -> Message:
    return pb.DeleteVersionRequest(model_id=await _model_with(make_draft, registry, by), version="1.0.0")


async def _alias_change(registry: Registry, by: Principal) -> dict[str, Any]:
    """The fields that all requests for a change of an alias have."""
    model_id, alias = await moved_alias(registry, by)
    expected = pb.AliasExpectation(revision=alias.revision)
    return {"model_id": model_id, "alias": alias.name, "reason": "why", "expected": expected}


@good(OURS)
async def list_aliases(registry: Registry, by: Principal) -> Message:
    model_id, _ = await moved_alias(registry, by)
    return pb.ListAliasesRequest(model_id=model_id)


@good(OURS)
async def get_alias(registry: Registry, by: Principal) -> Message:
    model_id, alias = await moved_alias(registry, by)
    return pb.GetAliasRequest(model_id=model_id, alias=alias.name)


@good(OURS)
async def set_alias(registry: Registry, by: Principal) -> Message:
    return pb.SetAliasRequest(version="1.0.0", **await _alias_change(registry, by))


@good(OURS)
async def delete_alias(registry: Registry, by: Principal) -> Message:
    return pb.DeleteAliasRequest(**await _alias_change(registry, by))


@good(OURS)
async def rollback_alias(registry: Registry, by: Principal) -> Message:
    return pb.RollbackAliasRequest(**await _alias_change(registry, by))


@good(OURS)
async def list_alias_moves(registry: Registry, by: Principal) -> Message:
    model_id, alias = await moved_alias(registry, by)
    return pb.ListAliasMovesRequest(model_id=model_id, alias=alias.name, limit=5)


@good(OURS)
async def get_alias_at(registry: Registry, by: Principal) -> Message:
    model_id, alias = await moved_alias(registry, by)
    return pb.GetAliasAtRequest(model_id=model_id, alias=alias.name, at=to_timestamp(alias.moved_at))


@good(OURS)
async def list_grants(registry: Registry, by: Principal) -> Message:
    return pb.ListGrantsRequest(model_id=(await a_model(registry, by)).id, limit=5)


@good(OURS)
async def set_grant(registry: Registry, by: Principal) -> Message:
    model = await a_model(registry, by)
    return pb.SetGrantRequest(model_id=model.id, subject=new_id(), kind="user", role="viewer")


@good(OURS)
async def delete_grant(registry: Registry, by: Principal) -> Message:
    model_id, subject = (await a_model(registry, by)).id, new_id()
    await registry.set_grant(by, model_id, WantedGrant(subject, "organization", "viewer"))
    return pb.DeleteGrantRequest(model_id=model_id, subject=subject)


@good(OURS)
async def list_held_grants(_registry: Registry, _by: Principal) -> Message:
    return pb.ListHeldGrantsRequest(holder="user", limit=5)


@good(OURS)
async def leave_grant(registry: Registry, by: Principal) -> Message:
    model_id = (await a_model(registry, by)).id
    await registry.set_grant(by, model_id, WantedGrant(by.subject, "user", "viewer"))
    return pb.LeaveGrantRequest(model_id=model_id, holder="user")


@good(OURS)
async def start_upload(registry: Registry, by: Principal) -> Message:
    model_id, upload_id = await _model_with(make_draft, registry, by), new_id()
    return pb.StartUploadRequest(
        upload_id=upload_id,
        model_id=model_id,
        version="1.0.0",
        filename="iris.onnx",
        size=20 * MIB,
        sha256=SHA256,
        part_size=8 * MIB,
        storage_key=storage_key(by.tenant_id, model_id, "1.0.0", upload_id),
        storage_upload_id="b",
        checksums=True,
    )


async def _upload(registry: Registry, by: Principal) -> str:
    model = await a_model(registry, by)
    await make_draft(registry, by, model)
    return (await make_upload(registry, by, model)).id


@good(OURS)
async def get_upload(registry: Registry, by: Principal) -> Message:
    return pb.GetUploadRequest(id=await _upload(registry, by))


@good(OURS)
async def begin_file(registry: Registry, by: Principal) -> Message:
    model = await a_model(registry, by)
    await make_draft(registry, by, model)
    upload = await registry.start_upload(by, set_start(model, {"m.onnx": 5, "big.bin": 2 * SINGLE_MAX}))
    return pb.BeginFileRequest(upload_id=upload.id, path="big.bin", storage_upload_id="b", checksums=True)


@good(OURS)
async def list_files(registry: Registry, by: Principal) -> Message:
    return pb.ListFilesRequest(model_id=await _model_with(make_published, registry, by), ref="1.0.0")


@good(OURS)
async def complete_upload(registry: Registry, by: Principal) -> Message:
    return pb.CompleteUploadRequest(id=await _upload(registry, by), sha256=SHA256)


@good(OURS)
async def abort_upload(registry: Registry, by: Principal) -> Message:
    return pb.AbortUploadRequest(id=await _upload(registry, by))


@good(OURS)
async def record_validation(registry: Registry, by: Principal) -> Message:
    upload = await registry.complete_upload(by, await _upload(registry, by), SHA256)
    return pb.RecordValidationRequest(upload_id=upload.id, artifact=to_artifact(artifact(upload)))


@good(OURS)
async def find_contents(registry: Registry, by: Principal) -> Message:
    return pb.FindContentsRequest(model_id=(await a_model(registry, by)).id, sha256=[SHA256])


@good(OURS)
async def reuse_contents(registry: Registry, by: Principal) -> Message:
    return pb.ReuseContentsRequest(upload_id=await _upload(registry, by), paths=["iris.onnx"])


@good(OURS)
async def list_known_files(_registry: Registry, by: Principal) -> Message:
    return pb.ListKnownFilesRequest(prefix=f"models/{by.tenant_id}/", after=f"models/{by.tenant_id}/a", limit=5)


@good(OURS)
async def condemn_files(_registry: Registry, by: Principal) -> Message:
    return pb.CondemnFilesRequest(keys=[f"models/{by.tenant_id}/a"])


@good(OURS)
async def forget_files(_registry: Registry, by: Principal) -> Message:
    return pb.ForgetFilesRequest(keys=[f"models/{by.tenant_id}/a"])


@good(OURS)
async def repair_uploads(_registry: Registry, _by: Principal) -> Message:
    return pb.RepairUploadsRequest(after='["", "", ""]', limit=5)


# RPCs of contents and uses. Their good messages find nothing to change, and the remover alone may send the last three:
# tests/contract/test_contents.py and tests/contract/test_registry_contents.py have their races.
OF_CONTENTS = ("FindContents", "ReuseContents", "CondemnFiles", "ForgetFiles", "RepairUploads")
