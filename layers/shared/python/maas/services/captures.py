"""What is stored of a model's predictions: its setting, and the files. The registry decides who may have either."""

from collections.abc import Sequence
from dataclasses import dataclass

from maas.domain.capturing.captures import Capture, CaptureFile
from maas.domain.clock import now
from maas.domain.errors import NotFound, Unavailable
from maas.domain.identity.lists import list_of
from maas.domain.identity.observations import captures_read
from maas.domain.identity.principals import Principal
from maas.domain.pages import Page
from maas.platform.request_context import actor_of
from maas.services.pages import page_of
from maas.services.ports.captures import CaptureFiles, CaptureRegistry
from maas.services.ports.cursors import Cursors
from maas.services.ports.observations import ObservationLog


@dataclass(frozen=True, slots=True)
class SignedFile:
    file: CaptureFile
    url: str


class CaptureService:
    """No URL is given away before the audit log's event of it is stored."""

    def __init__(self, registry: CaptureRegistry, files: CaptureFiles, log: ObservationLog, cursors: Cursors) -> None:
        self._registry, self._files, self._log, self._cursors = registry, files, log, cursors

    async def setting(self, by: Principal, model_id: str) -> tuple[str, Capture]:
        """The model's id and its capture. Raises NotFound (model_id, capture), PermissionDenied, Unavailable."""
        found, capture = await self._registry.get_capture(by, model_id)
        if capture is None:
            raise NotFound.of("capture", "capture", found)
        return found, capture

    async def set(self, by: Principal, model_id: str, capture: Capture) -> tuple[str, Capture]:
        """Raises InvalidInput (percent, keep_days, redact), NotFound (model_id), PermissionDenied, Unavailable."""
        found, stored = await self._registry.set_capture(by, model_id, capture)
        return found, stored or capture

    async def end(self, by: Principal, model_id: str) -> None:
        """Stores nothing from now on. Files are removed an hour later. Raises the errors of `set`."""
        await self._registry.set_capture(by, model_id, None)

    async def files(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[SignedFile]:
        """Files with a URL for each, the oldest first.

        Raises InvalidInput (limit, cursor), NotFound (model_id), PermissionDenied, Unavailable.
        """
        found, _ = await self._registry.get_capture(by, model_id)

        def read(*, limit: int, after: str) -> tuple[Sequence[CaptureFile], str]:
            files, more = self._files.page(by.tenant_id, found, limit=limit, after=after)
            kept = [file for file in files if file.expires_at > now()]
            return kept, files[-1].key if more else ""

        page = page_of(self._cursors, list_of(by, "captures", found), read, limit=limit, cursor=cursor)
        self._note(by, found, page.items)
        return Page(tuple(SignedFile(file, self._files.sign(file)) for file in page.items), page.next_cursor)

    def _note(self, by: Principal, model_id: str, files: Sequence[CaptureFile]) -> None:
        if not files:
            return
        names = files[0].name, files[-1].name
        event = captures_read(by.tenant_id, model_id, len(files), names, actor_of(by), now())
        try:
            self._log.append(event)
        except Unavailable:
            raise Unavailable("the audit log can't be written just now; try again") from None
