"""What is stored of a model's predictions, with their inputs."""

import re
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

import httpx2

from maas_client.answers import Capture, CaptureFile
from maas_client.errors import UnexpectedAnswer
from maas_client.http.api import Api, Pages
from maas_client.http.calls import Call, given, listed
from maas_client.job_files.files import fetch_compressed
from maas_client.resources.base import Resource


class Captures(Resource):
    """Captures of models, for their owners and for admins of their organizations."""

    def __init__(self, api: Api, http: Callable[[], httpx2.AsyncClient]) -> None:
        super().__init__(api)
        self._http = http

    async def get(self, model: str, *, timeout: float | None = None) -> Capture:
        """Returns what is stored of a model's predictions. Raises NotFound if nothing is."""
        return await self._api.call(Call("GET", self._model_path(model, "capture"), timeout=timeout), Capture)

    async def set(
        self,
        model: str,
        percent: float,
        *,
        redact: Sequence[str] | None = None,
        keep_days: int | None = None,
        outputs: bool | None = None,
        timeout: float | None = None,
    ) -> Capture:
        """Has a share of the predictions stored, without the inputs and features of `redact`.

        Files are kept for 1, 7 (the default), 30 or 90 days. Raises InvalidInput, NotFound, PermissionDenied.
        """
        body = given(percent=percent, redact=listed(redact), keep_days=keep_days, outputs=outputs)
        where = self._model_path(model, "capture")
        return await self._api.call(Call("PUT", where, body=body, timeout=timeout), Capture)

    async def end(self, model: str, *, timeout: float | None = None) -> None:
        """Stores nothing from now on. Files are removed an hour later."""
        await self._api.send(Call("DELETE", self._model_path(model, "capture"), timeout=timeout))

    def files(self, model: str, *, limit: int | None = None, timeout: float | None = None) -> Pages[CaptureFile]:
        """Returns the files, the oldest first, each with a signed URL. Every page is noted in the audit log."""
        return self._pages(CaptureFile, "capture", "files", model=model, params={"limit": limit}, timeout=timeout)

    async def download(
        self, model: str, folder: str | PathLike[str], *, timeout: float | None = None
    ) -> tuple[Path, ...]:
        """Fetches all files into a folder, and returns their paths, the oldest first. Files that are there are left.

        A file appears whole or not at all, so a download that was interrupted can be run again. `timeout` is in seconds
        for each request to the API. Raises NotFound, PermissionDenied, CorruptDownload, TransferError, NoSpace,
        FileError, UnexpectedAnswer.
        """
        found = list[Path]()
        async with self._http() as http:
            async for file in self.files(model, limit=100, timeout=timeout):
                path = Path(folder) / _simple(file.name)
                await fetch_compressed(http, file.url, file.bytes, path)
                found.append(path)
        return tuple(found)


def _simple(name: str) -> str:
    """A name that stays in its folder on every system. Raises UnexpectedAnswer."""
    if not re.fullmatch(r"\w[\w.-]{0,254}", name, re.ASCII):
        raise UnexpectedAnswer(f"the server gave the name {name[:64]!r} to a file")
    return name
