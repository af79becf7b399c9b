"""Uploads, step by step. `push` does all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from maas_client.answers import CompletedUpload, PartUrls, ProvenFiles, StartedUpload, Upload
from maas_client.http.calls import Call, given, path
from maas_client.resources.base import Resource


class Uploads(Resource):
    """Uploads of files of versions. The bytes go straight to the object store, by signed URLs."""

    async def start(
        self,
        model: str,
        version: str,
        filename: str,
        size: int,
        *,
        sha256: str | None = None,
        part_size: int | None = None,
        replace: bool = False,
        unless_known: bool = False,
        timeout: float | None = None,
    ) -> StartedUpload:
        """Starts an upload. With `replace` another upload, or a file that is not published, gives way.

        With `unless_known` and without `sha256`, a file that the organization may have raises InvalidInput (sha256).
        """
        body = given(version=version, filename=filename, size=size, sha256=sha256, part_size=part_size)
        where = self._model_path(model, "upload")
        body |= {"replace": True} if replace else {}
        body |= {"unless_known": True} if unless_known else {}
        return await self._api.call(Call("POST", where, body=body, keyed=True, timeout=timeout), StartedUpload)

    async def start_set(
        self,
        model: str,
        version: str,
        files: Sequence[Mapping[str, Any]],
        *,
        replace: bool = False,
        timeout: float | None = None,
    ) -> StartedUpload:
        """Starts an upload of files, each with `path`, `size`, `sha256` and, for one of them, `main`."""
        body: dict[str, Any] = {"version": version, "files": [dict(file) for file in files]}
        body |= {"replace": True} if replace else {}
        where = self._model_path(model, "upload")
        return await self._api.call(Call("POST", where, body=body, keyed=True, timeout=timeout), StartedUpload)

    async def get(self, upload_id: str, *, timeout: float | None = None) -> Upload:
        """Returns the state of an upload and the parts that have arrived. Raises NotFound."""
        return await self._api.call(Call("GET", path("uploads", upload_id), timeout=timeout), Upload)

    async def sign(
        self, upload_id: str, parts: Sequence[int | tuple[str, int]], *, timeout: float | None = None
    ) -> PartUrls:
        """Returns URLs for at most 1,000 parts: numbers, or path and number in a set. Raises WrongState."""
        body = {"parts": [_part(part) for part in parts]}
        call = Call("POST", path("uploads", upload_id, "parts"), body=body, repeatable=True, timeout=timeout)
        return await self._api.call(call, PartUrls)

    async def prove(self, upload_id: str, proofs: Mapping[str, str], *, timeout: float | None = None) -> ProvenFiles:
        """Proves, by path, that this client has files that the organization has already. Raises InvalidInput."""
        body = {"proofs": [{"path": name, "proof": proof} for name, proof in proofs.items()]}
        call = Call("POST", path("uploads", upload_id, "proofs"), body=body, repeatable=True, timeout=timeout)
        return await self._api.call(call, ProvenFiles)

    async def complete(
        self, upload_id: str, *, sha256: str | None = None, timeout: float | None = None
    ) -> CompletedUpload:
        """Puts the file together and has it checked. `sha256` is needed unless the start had it."""
        call = Call(
            "POST", path("uploads", upload_id, "complete"), body=given(sha256=sha256), repeatable=True, timeout=timeout
        )
        return await self._api.call(call, CompletedUpload)

    async def abort(self, upload_id: str, *, timeout: float | None = None) -> None:
        """Ends an upload. Raises WrongState if it is completed."""
        await self._api.send(Call("DELETE", path("uploads", upload_id), timeout=timeout))


def _part(part: int | tuple[str, int]) -> dict[str, Any]:
    if isinstance(part, int):
        return {"part_number": part}
    name, number = part
    return {"path": name, "part_number": number}
