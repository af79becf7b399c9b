"""The registry over gRPC."""

from collections.abc import Sequence
from datetime import datetime

from maas.adapters.registry.captures import CaptureCalls
from maas.adapters.registry.channel import RegistryChannel
from maas.adapters.registry.rollouts import RolloutCalls
from maas.adapters.registry.service_tokens import ServiceTokens
from maas.domain.catalog.aliases import NOTHING_EXPECTED, Alias, AliasMove, AliasTarget, Expectation, LiveAt
from maas.domain.catalog.models import Model, ModelChange, ModelFilter, ModelPage, NewModel
from maas.domain.catalog.references import parse_reference
from maas.domain.catalog.routed import Routed
from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.domain.catalog.versions import Artifact, Version, parse
from maas.domain.identity.grants import ModelGrant, WantedGrant
from maas.domain.identity.principals import Principal, Scope
from maas.domain.inference.statistics import CacheUse
from maas.domain.pages import Page
from maas.domain.quotas import Usage
from maas.domain.uploads.begun_files import BegunFile
from maas.domain.uploads.contents import Content, FileEntry, Repairs
from maas.domain.uploads.sessions import Upload, UploadFile, UploadStart
from maas.domain.uploads.version_files import Finding, VersionFiles
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.security.keyring import TokenKeys
from maas.wire.aliases import from_alias, from_live_at, from_move, to_expectation, to_set_alias
from maas.wire.captures import from_capture
from maas.wire.contents import from_content, from_known_file, from_repairs
from maas.wire.fields import to_timestamp
from maas.wire.files import from_file, from_files, to_finding
from maas.wire.grants import from_grant, to_set_grant
from maas.wire.models import from_model, to_create, to_list, to_update
from maas.wire.rollouts import from_rollout
from maas.wire.uploads import from_upload, to_start
from maas.wire.usage import from_usage
from maas.wire.versions import from_version, to_artifact, to_create_version, to_update_version


class GrpcRegistry(RolloutCalls, CaptureCalls):
    """The Registry port. `address` is host:port or any gRPC name; `keys` sign the calls.

    `roots` None means plaintext. Otherwise TLS trusts these PEM certificates, or the public ones if empty.
    """

    def __init__(self, address: str, keys: TokenKeys, roots: str | None = None) -> None:
        self._channel = RegistryChannel(address, ServiceTokens(keys), roots)
        RolloutCalls.__init__(self, self._channel)
        CaptureCalls.__init__(self, self._channel)

    async def health(self, service: str, seconds: float) -> bool | None:
        """See RegistryChannel.health."""
        return await self._channel.health(service, seconds)

    async def close(self) -> None:
        await self._channel.close()

    async def create_model(self, by: Principal, new: NewModel) -> Model:
        return from_model((await self._call(by, "CreateModel", to_create, new)).model)

    async def get_model(self, by: Principal, model_id: str, right: Scope = Scope.MODELS_READ) -> Model:
        return from_model((await self._call(by, "GetModel", pb.GetModelRequest, id=model_id, right=right)).model)

    async def list_models(
        self,
        by: Principal,
        narrowed: ModelFilter,
        *,
        limit: int,
        cursor: str,
        sort: str = "",
        page: int | None = None,
    ) -> ModelPage:
        answer = await self._call(by, "ListModels", to_list, narrowed, limit, cursor, sort, page)
        total = answer.total if answer.HasField("total") else None
        return ModelPage(tuple(from_model(model) for model in answer.models), answer.next_cursor, total)

    async def update_model(self, by: Principal, model_id: str, change: ModelChange) -> Model:
        return from_model((await self._call(by, "UpdateModel", to_update, model_id, change)).model)

    async def delete_model(self, by: Principal, model_id: str, expected_revision: int | None = None) -> None:
        await self._call(by, "DeleteModel", pb.DeleteModelRequest, id=model_id, expected_revision=expected_revision)

    async def create_version(
        self, by: Principal, model_id: str, new: NewVersion, expected_revision: int | None = None
    ) -> Version:
        answer = await self._call(by, "CreateVersion", to_create_version, model_id, new, expected_revision)
        return from_version(answer.version)

    async def get_version(self, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ) -> Version:
        return from_version((await self._get_version(by, model_id, ref, right)).version)

    async def routed_version(
        self, by: Principal, model_id: str, ref: str, right: Scope = Scope.INFERENCE_INVOKE
    ) -> Routed:
        answer = await self._get_version(by, model_id, ref, right)
        rollout = from_rollout(answer.rollout) if answer.HasField("rollout") else None
        capture = from_capture(answer.capture) if answer.HasField("capture") else None
        return Routed(from_version(answer.version), rollout, capture)

    async def _get_version(self, by: Principal, model_id: str, ref: str, right: Scope) -> pb.GetVersionResponse:
        if ref:
            parse_reference(ref)  # a malformed one costs no call, and is told while the registry is down
        fields = {"model_id": model_id, "ref": ref, "right": right}
        answer: pb.GetVersionResponse = await self._call(by, "GetVersion", pb.GetVersionRequest, **fields)
        return answer

    async def list_versions(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[Version]:
        answer = await self._call(
            by, "ListVersions", pb.ListVersionsRequest, model_id=model_id, limit=limit, cursor=cursor
        )
        return Page(tuple(from_version(version) for version in answer.versions), answer.next_cursor)

    async def update_version(self, by: Principal, model_id: str, version: str, change: VersionChange) -> Version:
        parse(version)
        return from_version(
            (await self._call(by, "UpdateVersion", to_update_version, model_id, version, change)).version
        )

    async def publish_version(
        self, by: Principal, model_id: str, version: str, force: str = "", expected_revision: int | None = None
    ) -> Version:
        parse(version)
        answer = await self._call(
            by,
            "PublishVersion",
            pb.PublishVersionRequest,
            model_id=model_id,
            version=version,
            force=force,
            expected_revision=expected_revision,
        )
        return from_version(answer.version)

    async def deprecate_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> Version:
        named = {"model_id": model_id, "version": parse(version), "expected_revision": expected_revision}
        answer = await self._call(by, "DeprecateVersion", pb.DeprecateVersionRequest, **named)
        return from_version(answer.version)

    async def delete_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> Upload | None:
        named = {"model_id": model_id, "version": parse(version), "expected_revision": expected_revision}
        answer = await self._call(by, "DeleteVersion", pb.DeleteVersionRequest, **named)
        return from_upload(answer.upload) if answer.HasField("upload") else None

    async def list_aliases(self, by: Principal, model_id: str) -> list[Alias]:
        answer = await self._call(by, "ListAliases", pb.ListAliasesRequest, model_id=model_id)
        return [from_alias(alias) for alias in answer.aliases]

    async def get_alias(self, by: Principal, model_id: str, alias: str) -> Alias:
        answer = await self._call(by, "GetAlias", pb.GetAliasRequest, model_id=model_id, alias=alias)
        return from_alias(answer.alias)

    async def set_alias(self, by: Principal, model_id: str, target: AliasTarget) -> tuple[Alias, bool]:
        answer = await self._call(by, "SetAlias", to_set_alias, model_id, target)
        return from_alias(answer.alias), answer.created

    async def delete_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> None:
        fields = {"model_id": model_id, "alias": alias, "reason": reason, "expected": to_expectation(expected)}
        await self._call(by, "DeleteAlias", pb.DeleteAliasRequest, **fields)

    async def rollback_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> Alias:
        fields = {"model_id": model_id, "alias": alias, "reason": reason, "expected": to_expectation(expected)}
        return from_alias((await self._call(by, "RollbackAlias", pb.RollbackAliasRequest, **fields)).alias)

    async def list_alias_moves(
        self, by: Principal, model_id: str, alias: str, *, limit: int, cursor: str
    ) -> Page[AliasMove]:
        fields = {"model_id": model_id, "alias": alias, "limit": limit, "cursor": cursor}
        answer = await self._call(by, "ListAliasMoves", pb.ListAliasMovesRequest, **fields)
        return Page(tuple(from_move(move) for move in answer.moves), answer.next_cursor)

    async def alias_at(self, by: Principal, model_id: str, alias: str, at: datetime) -> LiveAt:
        fields = {"model_id": model_id, "alias": alias, "at": to_timestamp(at)}
        return from_live_at(await self._call(by, "GetAliasAt", pb.GetAliasAtRequest, **fields))

    async def list_grants(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[ModelGrant]:
        answer = await self._call(by, "ListGrants", pb.ListGrantsRequest, model_id=model_id, limit=limit, cursor=cursor)
        return Page(tuple(from_grant(grant) for grant in answer.grants), answer.next_cursor)

    async def set_grant(self, by: Principal, model_id: str, wanted: WantedGrant) -> tuple[ModelGrant, bool]:
        answer = await self._call(by, "SetGrant", to_set_grant, model_id, wanted)
        return from_grant(answer.grant), answer.created

    async def delete_grant(self, by: Principal, model_id: str, subject: str) -> None:
        await self._call(by, "DeleteGrant", pb.DeleteGrantRequest, model_id=model_id, subject=subject)

    async def list_held_grants(self, by: Principal, holder: str, *, limit: int, cursor: str) -> Page[ModelGrant]:
        request = pb.ListHeldGrantsRequest
        answer = await self._call(by, "ListHeldGrants", request, holder=holder, limit=limit, cursor=cursor)
        return Page(tuple(from_grant(grant) for grant in answer.grants), answer.next_cursor)

    async def leave_grant(self, by: Principal, model_id: str, holder: str) -> None:
        await self._call(by, "LeaveGrant", pb.LeaveGrantRequest, model_id=model_id, holder=holder)

    async def start_upload(self, by: Principal, start: UploadStart) -> Upload:
        return from_upload((await self._call(by, "StartUpload", to_start, start)).upload)

    async def get_upload(self, by: Principal, upload_id: str) -> Upload:
        return from_upload((await self._call(by, "GetUpload", pb.GetUploadRequest, id=upload_id)).upload)

    async def begin_file(self, by: Principal, upload_id: str, begun: BegunFile) -> UploadFile:
        fields = {"path": begun.path, "storage_upload_id": begun.storage_upload_id, "checksums": begun.checksums}
        return from_file((await self._call(by, "BeginFile", pb.BeginFileRequest, upload_id=upload_id, **fields)).file)

    async def list_files(self, by: Principal, model_id: str, ref: str) -> VersionFiles:
        if ref:
            parse_reference(ref)
        return from_files(await self._call(by, "ListFiles", pb.ListFilesRequest, model_id=model_id, ref=ref))

    async def complete_upload(self, by: Principal, upload_id: str, sha256: str) -> Upload:
        answer = await self._call(by, "CompleteUpload", pb.CompleteUploadRequest, id=upload_id, sha256=sha256)
        return from_upload(answer.upload)

    async def abort_upload(self, by: Principal, upload_id: str) -> Upload:
        return from_upload((await self._call(by, "AbortUpload", pb.AbortUploadRequest, id=upload_id)).upload)

    async def record_validation(
        self, by: Principal, upload_id: str, outcome: Artifact | str, findings: Sequence[Finding] = ()
    ) -> Version:
        return from_version((await self._call(by, "RecordValidation", _outcome, upload_id, outcome, findings)).version)

    async def find_contents(self, by: Principal, model_id: str, digests: Sequence[str]) -> list[Content]:
        answer = await self._call(by, "FindContents", pb.FindContentsRequest, model_id=model_id, sha256=digests)
        return [from_content(content, by.tenant_id) for content in answer.contents]

    async def reuse_contents(self, by: Principal, upload_id: str, paths: Sequence[str]) -> Upload:
        answer = await self._call(by, "ReuseContents", pb.ReuseContentsRequest, upload_id=upload_id, paths=paths)
        return from_upload(answer.upload)

    async def known_files(self, by: Principal, prefix: str, *, limit: int, after: str = "") -> list[FileEntry]:
        fields = {"prefix": prefix, "after": after, "limit": limit}
        answer = await self._call(by, "ListKnownFiles", pb.ListKnownFilesRequest, **fields)
        return [from_known_file(file) for file in answer.files]

    async def condemn_files(self, by: Principal, keys: Sequence[str]) -> list[str]:
        return [*(await self._call(by, "CondemnFiles", pb.CondemnFilesRequest, keys=keys)).used]

    async def forget_files(self, by: Principal, keys: Sequence[str]) -> None:
        await self._call(by, "ForgetFiles", pb.ForgetFilesRequest, keys=keys)

    async def repair_uploads(self, by: Principal, *, after: str, limit: int) -> Repairs:
        return from_repairs(await self._call(by, "RepairUploads", pb.RepairUploadsRequest, after=after, limit=limit))

    async def usage(self, by: Principal) -> Sequence[Usage]:
        return [from_usage(usage) for usage in (await self._call(by, "GetUsage", pb.GetUsageRequest)).usages]

    async def cache_use(self, by: Principal) -> CacheUse:
        found = await self._call(by, "GetCacheUse", pb.GetCacheUseRequest)
        return CacheUse(found.hits, found.misses)


def _outcome(upload_id: str, outcome: Artifact | str, findings: Sequence[Finding]) -> pb.RecordValidationRequest:
    if isinstance(outcome, str):
        return pb.RecordValidationRequest(upload_id=upload_id, failure=pb.ValidationFailure(reason=outcome))
    found = [to_finding(finding) for finding in findings]
    return pb.RecordValidationRequest(upload_id=upload_id, artifact=to_artifact(outcome), findings=found)
