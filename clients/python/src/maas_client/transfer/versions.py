"""Steps that pushes of files and of folders share: the model, the version, the server's check, the publication."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2

from maas_client import errors as e
from maas_client.answers import Version
from maas_client.progress import Progress, ProgressCallback
from maas_client.references import is_id
from maas_client.resources.models import Models
from maas_client.resources.monitoring import MonitoringResource
from maas_client.resources.uploads import Uploads
from maas_client.resources.versions import Versions
from maas_client.transfer.folders import LocalFile
from maas_client.transfer.jobs import within

_UNDER_WAY = frozenset({"uploading", "validating"})
HAVE_A_FILE = frozenset({"ready", "published", "deprecated"})
_CHECK_MAX = 15 * 60.0  # seconds to wait for the server's check
_NAMES = ("class_names", "feature_names")
_NOT_KEPT = "version %s does not have the %s of %s, because its inputs or outputs are others: give them as metadata"
logger = logging.getLogger("maas_client")
_PAUSE, _PAUSE_MAX = 0.1, 2.0


@dataclass(frozen=True)
class Plan:
    """The arguments of a push. `fields` describe a version that is new.

    `files` are those of a folder, and `main` is the path of its main file.

    `inherits`: a version by bump takes over what predictions need of the version before.
    `baseline` are rows of data, of which the version's baseline is made.
    """

    path: Path
    model: str
    version: str | None = None
    bump: str | None = None
    framework: str | None = None
    files: Sequence[LocalFile] = ()
    main: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    replace: bool = False
    publish: bool = False
    force_reason: str | None = None
    inherits: bool = True
    baseline: Any = None
    parallel: int = 4
    timeout: float | None = None
    progress: ProgressCallback | None = None

    def __post_init__(self) -> None:
        if (self.version is None) == (self.bump is None):
            raise e.BadArgument("give either a version, such as 1.0.0, or a bump: major, minor, patch or prerelease")
        if self.parallel < 1:
            raise e.BadArgument("parallel must be at least 1")


class VersionPush(ABC):
    """One push, in the steps that do not depend on what is sent."""

    def __init__(
        self,
        models: Models,
        versions: Versions,
        uploads: Uploads,
        monitoring: MonitoringResource,
        http: Callable[[], httpx2.AsyncClient],
        plan: Plan,
    ) -> None:
        self._models, self._versions, self._uploads, self._monitoring = models, versions, uploads, monitoring
        self._http, self._plan = http, plan

    async def run(self) -> Version:
        """Returns the version once its files are checked and, if asked for, published.

        Raises FileError, TransferError, ValidationFailed, ApiError, DeadlineExceeded.
        """
        with within(self._plan.timeout, f"the push of {self._plan.path}"):
            return await self._run()

    @abstractmethod
    async def _run(self) -> Version: ...

    async def _model(self) -> str:
        """Returns the model's id. A name that is not there is created."""
        try:
            return (await self._models.get(self._plan.model)).id
        except e.NotFound:
            if is_id(self._plan.model.partition("/")[0]):  # an id, or `owner/name` of another organization
                raise
        try:
            return (await self._models.create(self._plan.model, self._plan.framework or "onnx")).id
        except e.AlreadyExists:  # another push was faster
            return (await self._models.get(self._plan.model)).id

    async def _draft(self, model_id: str, begun: Callable[[], Awaitable[Version | None]]) -> Version:
        """Returns the version that takes the files: a new draft, or the one that an earlier push has left.

        With a bump, `begun` tells which one that is.
        """
        plan = self._plan
        if plan.bump is not None:
            return await begun() or await self._versions.create(model_id, bump=plan.bump, **plan.fields)
        assert plan.version is not None
        try:
            return await self._versions.create(model_id, plan.version, **plan.fields)
        except e.AlreadyExists:
            return await self._versions.get(model_id, plan.version)

    async def _checked(self, version: Version) -> Version:
        """Waits for the end of the server's check. Raises ValidationFailed, DeadlineExceeded."""
        pause, end = _PAUSE, anyio.current_time() + _CHECK_MAX
        while anyio.current_time() < end:
            found = await self._versions.get(version.model_id, version.version)
            if found.state == "failed":
                raise e.ValidationFailed(found.version, found.failure or "no reason was given")
            if found.state not in _UNDER_WAY:
                return found
            if self._plan.progress:
                self._plan.progress(Progress("checking", 0, 0))
            await anyio.sleep(pause)
            pause = min(pause * 1.5, _PAUSE_MAX)
        raise e.DeadlineExceeded(f"version {version.version} is still being checked: look at it later")

    async def _published(self, version: Version) -> Version:
        version = await self._with_names(version)
        if self._plan.baseline is not None:
            await self._monitoring.set_baseline(version.model_id, version.version, self._plan.baseline)
        if not self._plan.publish or version.state in {"published", "deprecated"}:
            return version
        return await self._versions.publish(version.model_id, version.version, force_reason=self._plan.force_reason)

    async def _with_names(self, version: Version) -> Version:
        """Takes over the words for classes and columns of the version before, if the file has the same signature."""
        if self._plan.bump is None or not self._plan.inherits or version.state != "ready":
            return version
        try:
            before = await self._versions.get(version.model_id, self._plan.fields.get("parent") or "latest")
        except e.NotFound:
            return version
        missing = before.metadata.keys() - version.metadata.keys()
        kept = {name: before.metadata[name] for name in _NAMES if name in missing}
        if not kept:
            return version
        if before.signature is None or before.signature != version.signature:
            logger.warning(_NOT_KEPT, version.version, " and ".join(kept), before.version)
            return version
        metadata = {**version.metadata, **kept}
        return await self._versions.update(version.model_id, version.version, metadata=metadata)
