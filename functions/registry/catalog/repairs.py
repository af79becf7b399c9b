"""Repairs of what crashes and lost clients leave: uploads past their time, and versions that wait for nothing."""

import json
from dataclasses import dataclass, replace
from functools import partial

from functions.registry.catalog.revisions import revised
from functions.registry.contention import Contention
from functions.registry.ports import Change, ModelQuery, Repository
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog.models import ModelFilter
from maas.domain.catalog.versions import VersionState
from maas.domain.clock import now
from maas.domain.errors import InvalidInput, PermissionDenied, Rule
from maas.domain.identity.principals import REMOVER, Principal, remover
from maas.domain.uploads.contents import Repairs
from maas.domain.uploads.sessions import Upload, UploadState
from maas.domain.uploads.validation import OVERDUE, VALIDATING_MAX
from maas.platform.observability import logger

STEP_MAX = 1000
# A version that validates so long has no note by which the registry would have ended it.
_FORGOTTEN = 2 * VALIDATING_MAX


@dataclass(frozen=True, slots=True)
class _Place:
    """A place between two versions: after `version` of `model_id`; after the model at `listed` if that is empty."""

    listed: str = ""
    model_id: str = ""
    version: str = ""

    @classmethod
    def parse(cls, text: str) -> "_Place":
        try:
            listed, model_id, version = json.loads(text) if text else ("", "", "")
        except (ValueError, TypeError):
            raise InvalidInput.of("after", Rule.INVALID, "is not the place where a call has stopped") from None
        return cls(str(listed), str(model_id), str(version))

    def text(self) -> str:
        return json.dumps([self.listed, self.model_id, self.version])


class RepairService:
    """Goes through the versions of all organizations, some at a time. Every step may be repeated."""

    def __init__(self, repository: Repository, contention: Contention) -> None:
        self._repository = repository
        self._contention = contention

    async def repair_uploads(self, by: Principal, *, after: str, limit: int) -> Repairs:
        """Looks at models and versions, `limit` or a few more together."""
        if by.tenant_id and by.subject != REMOVER:
            raise PermissionDenied("only the remover of files may do this")
        size, place = value_rules.limit(limit, maximum=STEP_MAX), _Place.parse(after)
        done = Repairs()
        while done.checked < size:
            if not place.model_id:
                found = await self._repository.models(ModelQuery(None, ModelFilter()), limit=1, after=place.listed)
                if not found.models:
                    return done
                place = _Place(found.last, found.models[0].id)
                done = replace(done, checked=done.checked + 1)
            wanted = max(size - done.checked, 1)
            versions = await self._repository.versions(place.model_id, limit=wanted, after=place.version)
            for version in versions:
                done = await self._checked(done, version)
            place = replace(place, version=versions[-1].version) if len(versions) == wanted else _Place(place.listed)
            if place == _Place():
                return done
        return replace(done, after=place.text())

    async def _checked(self, done: Repairs, version: StoredVersion) -> Repairs:
        done = replace(done, checked=done.checked + 1)
        if version.state not in (VersionState.UPLOADING, VersionState.VALIDATING):
            return done
        repair = partial(self._repair, version.model_id, version.version)
        match await self._contention.settle(version.model_id, repair):
            case "expired":
                return replace(done, expired=done.expired + 1)
            case "repaired":
                return replace(done, repaired=done.repaired + 1)
        return done

    async def _repair(self, model_id: str, number: str) -> str:
        """Repairs a version as it is stored now. Returns what was wrong with it."""
        version, model = await self._repository.version(model_id, number), await self._repository.model(model_id)
        if version is None or model is None:
            return ""
        if version.state is VersionState.VALIDATING and version.updated_at < now() - _FORGOTTEN:
            failed = revised(version, state=VersionState.FAILED, failure=OVERDUE, stored_bytes=0)
            return await self._commit(model, version, failed, "repaired")
        if version.state is not VersionState.UPLOADING:
            return ""
        upload = await self._repository.upload(version.upload_id)
        draft = revised(version, state=VersionState.DRAFT, stored_bytes=0)
        if upload is None or upload.state is UploadState.ABORTED:
            return await self._commit(model, version, draft, "repaired")
        if upload.state is UploadState.COMPLETED:
            waiting = revised(version, state=VersionState.VALIDATING)
            return await self._commit(model, version, waiting, "repaired")
        if upload.expires_at > now():
            return ""
        return await self._commit(model, version, draft, "expired", upload)

    async def _commit(
        self, model: StoredModel, before: StoredVersion, after: StoredVersion, reason: str, upload: Upload | None = None
    ) -> str:
        ended = [Change(upload, replace(upload, state=UploadState.ABORTED))] if upload else []
        by = remover(model.tenant_id)
        await self._repository.commit(*ended, Change(before, after), Change(model, model), by=by)
        logger.warning(
            "an upload is repaired",
            model_id=model.id,
            version=before.version,
            upload_id=before.upload_id,
            reason=reason,
        )
        return reason
