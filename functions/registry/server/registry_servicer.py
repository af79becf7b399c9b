"""maas.registry.v1.RegistryService: each method maps its request to one service call, and the result back."""

# ruff: noqa: N802, ARG002 - names and arguments are those of the generated base class

from typing import Any

from functions.registry.catalog.access import right_of
from functions.registry.catalog.aliases import AliasService
from functions.registry.catalog.captures import CaptureSettingService
from functions.registry.catalog.contents import ContentService
from functions.registry.catalog.files import FileService
from functions.registry.catalog.grants import GrantService
from functions.registry.catalog.held_grants import HeldGrantService
from functions.registry.catalog.model_lists import ModelListService
from functions.registry.catalog.models import ModelService
from functions.registry.catalog.repairs import RepairService
from functions.registry.catalog.rollouts import RolloutService
from functions.registry.catalog.uploads import UploadService
from functions.registry.catalog.usage import UsageService
from functions.registry.catalog.version_reading import VersionReadingService
from functions.registry.catalog.versions import VersionService
from maas.domain.errors import InvalidInput, Rule
from maas.domain.uploads.begun_files import BegunFile
from maas.grpc_server.call_context import caller
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.rpc.registry.v1.registry_pb2_grpc import RegistryServiceServicer
from maas.wire.aliases import from_expectation, from_set_alias, to_alias, to_live_at, to_move
from maas.wire.captures import from_set_capture, to_capture
from maas.wire.contents import to_content, to_known_file, to_repairs
from maas.wire.fields import expected_of, moment_of
from maas.wire.files import from_finding, to_file
from maas.wire.grants import from_set_grant, to_grant
from maas.wire.models import from_create, from_list, from_update, to_model
from maas.wire.rollouts import from_change_rollout, from_start_rollout, to_active, to_rollout
from maas.wire.uploads import from_start, to_upload
from maas.wire.usage import to_usage
from maas.wire.version_changes import from_create_version, from_update_version
from maas.wire.versions import from_artifact, to_version


class RegistryServicer(RegistryServiceServicer):
    def __init__(
        self,
        models: ModelService,
        lists: ModelListService,
        reading: VersionReadingService,
        versions: VersionService,
        aliases: AliasService,
        rollouts: RolloutService,
        captures: CaptureSettingService,
        uploads: UploadService,
        contents: ContentService,
        repairs: RepairService,
        files: FileService,
        grants: GrantService,
        held: HeldGrantService,
        usage: UsageService,
    ) -> None:
        self._models = models
        self._lists = lists
        self._reading = reading
        self._versions = versions
        self._aliases = aliases
        self._rollouts = rollouts
        self._captures = captures
        self._uploads = uploads
        self._contents = contents
        self._repairs = repairs
        self._files = files
        self._grants = grants
        self._held = held
        self._usage = usage

    async def CreateModel(self, request: pb.CreateModelRequest, context: Any) -> pb.CreateModelResponse:
        return pb.CreateModelResponse(model=to_model(await self._models.create_model(caller(), from_create(request))))

    async def GetModel(self, request: pb.GetModelRequest, context: Any) -> pb.GetModelResponse:
        found = await self._models.get_model(caller(), request.id, right_of(request.right))
        return pb.GetModelResponse(model=to_model(found))

    async def ListModels(self, request: pb.ListModelsRequest, context: Any) -> pb.ListModelsResponse:
        found = await self._lists.list_models(caller(), *from_list(request))
        models = [to_model(model) for model in found.items]
        return pb.ListModelsResponse(models=models, next_cursor=found.next_cursor, total=found.total)

    async def UpdateModel(self, request: pb.UpdateModelRequest, context: Any) -> pb.UpdateModelResponse:
        changed = await self._models.update_model(caller(), request.id, from_update(request))
        return pb.UpdateModelResponse(model=to_model(changed))

    async def DeleteModel(self, request: pb.DeleteModelRequest, context: Any) -> pb.DeleteModelResponse:
        await self._models.delete_model(caller(), request.id, expected_of(request))
        return pb.DeleteModelResponse()

    async def CreateVersion(self, request: pb.CreateVersionRequest, context: Any) -> pb.CreateVersionResponse:
        created = await self._versions.create_version(
            caller(), request.model_id, from_create_version(request), expected_of(request)
        )
        return pb.CreateVersionResponse(version=to_version(created))

    async def GetVersion(self, request: pb.GetVersionRequest, context: Any) -> pb.GetVersionResponse:
        found = await self._reading.routed_version(caller(), request.model_id, request.ref, right_of(request.right))
        return pb.GetVersionResponse(
            version=to_version(found.version),
            rollout=to_rollout(found.rollout) if found.rollout else None,
            capture=to_capture(found.capture) if found.capture else None,
        )

    async def ListVersions(self, request: pb.ListVersionsRequest, context: Any) -> pb.ListVersionsResponse:
        page = await self._reading.list_versions(caller(), request.model_id, limit=request.limit, cursor=request.cursor)
        return pb.ListVersionsResponse(
            versions=[to_version(version) for version in page.items], next_cursor=page.next_cursor
        )

    async def UpdateVersion(self, request: pb.UpdateVersionRequest, context: Any) -> pb.UpdateVersionResponse:
        change = from_update_version(request)
        changed = await self._versions.update_version(caller(), request.model_id, request.version, change)
        return pb.UpdateVersionResponse(version=to_version(changed))

    async def PublishVersion(self, request: pb.PublishVersionRequest, context: Any) -> pb.PublishVersionResponse:
        published = await self._versions.publish_version(
            caller(), request.model_id, request.version, request.force, expected_of(request)
        )
        return pb.PublishVersionResponse(version=to_version(published))

    async def DeprecateVersion(self, request: pb.DeprecateVersionRequest, context: Any) -> pb.DeprecateVersionResponse:
        deprecated = await self._versions.deprecate_version(
            caller(), request.model_id, request.version, expected_of(request)
        )
        return pb.DeprecateVersionResponse(version=to_version(deprecated))

    async def DeleteVersion(self, request: pb.DeleteVersionRequest, context: Any) -> pb.DeleteVersionResponse:
        upload = await self._versions.delete_version(caller(), request.model_id, request.version, expected_of(request))
        return pb.DeleteVersionResponse(upload=to_upload(upload) if upload else None)

    async def ListAliases(self, request: pb.ListAliasesRequest, context: Any) -> pb.ListAliasesResponse:
        found = await self._aliases.list_aliases(caller(), request.model_id)
        return pb.ListAliasesResponse(aliases=[to_alias(alias) for alias in found])

    async def GetAlias(self, request: pb.GetAliasRequest, context: Any) -> pb.GetAliasResponse:
        found = await self._aliases.get_alias(caller(), request.model_id, request.alias)
        return pb.GetAliasResponse(alias=to_alias(found))

    async def SetAlias(self, request: pb.SetAliasRequest, context: Any) -> pb.SetAliasResponse:
        alias, created = await self._aliases.set_alias(caller(), request.model_id, from_set_alias(request))
        return pb.SetAliasResponse(alias=to_alias(alias), created=created)

    async def DeleteAlias(self, request: pb.DeleteAliasRequest, context: Any) -> pb.DeleteAliasResponse:
        expected = from_expectation(request.expected)
        await self._aliases.delete_alias(caller(), request.model_id, request.alias, request.reason, expected)
        return pb.DeleteAliasResponse()

    async def RollbackAlias(self, request: pb.RollbackAliasRequest, context: Any) -> pb.RollbackAliasResponse:
        expected = from_expectation(request.expected)
        alias = await self._aliases.rollback_alias(caller(), request.model_id, request.alias, request.reason, expected)
        return pb.RollbackAliasResponse(alias=to_alias(alias))

    async def ListAliasMoves(self, request: pb.ListAliasMovesRequest, context: Any) -> pb.ListAliasMovesResponse:
        page = await self._aliases.list_alias_moves(
            caller(), request.model_id, request.alias, limit=request.limit, cursor=request.cursor
        )
        return pb.ListAliasMovesResponse(moves=[to_move(move) for move in page.items], next_cursor=page.next_cursor)

    async def GetAliasAt(self, request: pb.GetAliasAtRequest, context: Any) -> pb.GetAliasAtResponse:
        at = moment_of(request, "at")
        return to_live_at(await self._aliases.alias_at(caller(), request.model_id, request.alias, at))

    async def GetRollout(self, request: pb.GetRolloutRequest, context: Any) -> pb.GetRolloutResponse:
        found = await self._rollouts.get_rollout(caller(), request.model_id, request.alias)
        return pb.GetRolloutResponse(rollout=to_rollout(found))

    async def StartRollout(self, request: pb.StartRolloutRequest, context: Any) -> pb.StartRolloutResponse:
        new = from_start_rollout(request)
        rollout, created = await self._rollouts.start_rollout(caller(), request.model_id, new)
        return pb.StartRolloutResponse(rollout=to_rollout(rollout), created=created)

    async def ChangeRollout(self, request: pb.ChangeRolloutRequest, context: Any) -> pb.ChangeRolloutResponse:
        change = from_change_rollout(request)
        return pb.ChangeRolloutResponse(
            rollout=to_rollout(await self._rollouts.change_rollout(caller(), request.model_id, change))
        )

    async def ListRollouts(self, request: pb.ListRolloutsRequest, context: Any) -> pb.ListRolloutsResponse:
        page = await self._rollouts.list_rollouts(caller(), limit=request.limit, after=request.after)
        return pb.ListRolloutsResponse(rollouts=[to_active(found) for found in page.items], after=page.next_cursor)

    async def GetCapture(self, request: pb.GetCaptureRequest, context: Any) -> pb.GetCaptureResponse:
        model_id, found = await self._captures.get_capture(caller(), request.model_id)
        return pb.GetCaptureResponse(model_id=model_id, capture=to_capture(found) if found else None)

    async def SetCapture(self, request: pb.SetCaptureRequest, context: Any) -> pb.SetCaptureResponse:
        wanted = from_set_capture(request)
        model_id, found = await self._captures.set_capture(caller(), request.model_id, wanted)
        return pb.SetCaptureResponse(model_id=model_id, capture=to_capture(found) if found else None)

    async def ListGrants(self, request: pb.ListGrantsRequest, context: Any) -> pb.ListGrantsResponse:
        page = await self._grants.list_grants(caller(), request.model_id, limit=request.limit, cursor=request.cursor)
        return pb.ListGrantsResponse(grants=[to_grant(grant) for grant in page.items], next_cursor=page.next_cursor)

    async def SetGrant(self, request: pb.SetGrantRequest, context: Any) -> pb.SetGrantResponse:
        grant, created = await self._grants.set_grant(caller(), request.model_id, from_set_grant(request))
        return pb.SetGrantResponse(grant=to_grant(grant), created=created)

    async def DeleteGrant(self, request: pb.DeleteGrantRequest, context: Any) -> pb.DeleteGrantResponse:
        await self._grants.delete_grant(caller(), request.model_id, request.subject)
        return pb.DeleteGrantResponse()

    async def ListHeldGrants(self, request: pb.ListHeldGrantsRequest, context: Any) -> pb.ListHeldGrantsResponse:
        page = await self._held.list_held_grants(caller(), request.holder, limit=request.limit, cursor=request.cursor)
        found = [to_grant(grant) for grant in page.items]
        return pb.ListHeldGrantsResponse(grants=found, next_cursor=page.next_cursor)

    async def LeaveGrant(self, request: pb.LeaveGrantRequest, context: Any) -> pb.LeaveGrantResponse:
        await self._held.leave_grant(caller(), request.model_id, request.holder)
        return pb.LeaveGrantResponse()

    async def StartUpload(self, request: pb.StartUploadRequest, context: Any) -> pb.StartUploadResponse:
        started = await self._uploads.start_upload(caller(), from_start(request))
        return pb.StartUploadResponse(upload=to_upload(started))

    async def GetUpload(self, request: pb.GetUploadRequest, context: Any) -> pb.GetUploadResponse:
        return pb.GetUploadResponse(upload=to_upload(await self._uploads.get_upload(caller(), request.id)))

    async def BeginFile(self, request: pb.BeginFileRequest, context: Any) -> pb.BeginFileResponse:
        begun = BegunFile(request.path, request.storage_upload_id, request.checksums)
        return pb.BeginFileResponse(file=to_file(await self._uploads.begin_file(caller(), request.upload_id, begun)))

    async def ListFiles(self, request: pb.ListFilesRequest, context: Any) -> pb.ListFilesResponse:
        found = await self._files.list_files(caller(), request.model_id, request.ref)
        files = [to_file(file) for file in found.files]
        return pb.ListFilesResponse(version=to_version(found.version), digest=found.digest, files=files)

    async def CompleteUpload(self, request: pb.CompleteUploadRequest, context: Any) -> pb.CompleteUploadResponse:
        completed = await self._uploads.complete_upload(caller(), request.id, request.sha256)
        return pb.CompleteUploadResponse(upload=to_upload(completed))

    async def AbortUpload(self, request: pb.AbortUploadRequest, context: Any) -> pb.AbortUploadResponse:
        return pb.AbortUploadResponse(upload=to_upload(await self._uploads.abort_upload(caller(), request.id)))

    async def RecordValidation(self, request: pb.RecordValidationRequest, context: Any) -> pb.RecordValidationResponse:
        match request.WhichOneof("outcome"):
            case "artifact":
                outcome: Any = from_artifact(request.artifact)
            case "failure":
                outcome = request.failure.reason
            case _:
                raise InvalidInput.of("outcome", Rule.REQUIRED, "must be an artifact or a failure")
        findings = [from_finding(finding) for finding in request.findings]
        recorded = await self._uploads.record_validation(caller(), request.upload_id, outcome, findings)
        return pb.RecordValidationResponse(version=to_version(recorded))

    async def FindContents(self, request: pb.FindContentsRequest, context: Any) -> pb.FindContentsResponse:
        found = await self._contents.find_contents(caller(), request.model_id, request.sha256)
        return pb.FindContentsResponse(contents=[to_content(content) for content in found])

    async def ReuseContents(self, request: pb.ReuseContentsRequest, context: Any) -> pb.ReuseContentsResponse:
        upload = await self._contents.reuse_contents(caller(), request.upload_id, request.paths)
        return pb.ReuseContentsResponse(upload=to_upload(upload))

    async def ListKnownFiles(self, request: pb.ListKnownFilesRequest, context: Any) -> pb.ListKnownFilesResponse:
        found = await self._contents.known_files(caller(), request.prefix, limit=request.limit, after=request.after)
        return pb.ListKnownFilesResponse(files=[to_known_file(entry) for entry in found])

    async def CondemnFiles(self, request: pb.CondemnFilesRequest, context: Any) -> pb.CondemnFilesResponse:
        return pb.CondemnFilesResponse(used=await self._contents.condemn_files(caller(), request.keys))

    async def ForgetFiles(self, request: pb.ForgetFilesRequest, context: Any) -> pb.ForgetFilesResponse:
        await self._contents.forget_files(caller(), request.keys)
        return pb.ForgetFilesResponse()

    async def RepairUploads(self, request: pb.RepairUploadsRequest, context: Any) -> pb.RepairUploadsResponse:
        return to_repairs(await self._repairs.repair_uploads(caller(), after=request.after, limit=request.limit))

    async def GetUsage(self, request: pb.GetUsageRequest, context: Any) -> pb.GetUsageResponse:
        return pb.GetUsageResponse(usages=[to_usage(usage) for usage in await self._usage.usage(caller())])

    async def GetCacheUse(self, request: pb.GetCacheUseRequest, context: Any) -> pb.GetCacheUseResponse:
        use = await self._usage.cache_use(caller())
        return pb.GetCacheUseResponse(hits=use.hits, misses=use.misses)
