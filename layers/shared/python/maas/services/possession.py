"""Files that are not sent, because the organization has them already: challenges to clients, and their proofs.

docs/decisions/0066-content-is-kept-once.md has the reasons.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from maas.domain.errors import InvalidInput, NotFound, Rule, Unavailable, WrongState
from maas.domain.identity.principals import Principal
from maas.domain.uploads.contents import Content
from maas.domain.uploads.possession import PROOFS_MAX, Challenge, Range, challenge, is_proof, proof
from maas.domain.uploads.sessions import Upload, UploadState
from maas.services.ports.registry import Registry
from maas.services.ports.secrets import ChallengeSecrets
from maas.services.ports.storage import ObjectStore

# Reads of ranges that are under way at once.
_READS = 8
_GONE = "is not a file that the organization has, or it has it no more: send the file"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of an upload that the organization has already, and what its client has to prove."""

    path: str
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class Proof:
    """A client's answer to the challenge for the file at `path`."""

    path: str
    proof: str


@dataclass(frozen=True, slots=True)
class _File:
    """A file of an upload, as its client has declared it."""

    path: str
    sha256: str
    size: int


class PossessionService:
    """Use cases of files that are known. The secrets make challenges that nobody can foresee."""

    def __init__(self, registry: Registry, objects: ObjectStore, secrets: ChallengeSecrets) -> None:
        self._registry = registry
        self._objects = objects
        self._secrets = secrets

    async def known(self, by: Principal, upload: Upload) -> tuple[KnownFile, ...]:
        """The files of an upload that need not be sent, if the client proves that it has them.

        An upload with `content_key` has been proved.
        """
        if upload.state is not UploadState.OPEN:
            return ()
        contents = await self._contents(by, upload, _missing(upload))
        secret = self._secrets.current()
        return tuple(
            KnownFile(file.path, _challenge(secret, upload, contents[file.sha256]))
            for file in _missing(upload)
            if file.sha256 in contents
        )

    async def prove(self, by: Principal, upload_id: str, proofs: Sequence[Proof]) -> Upload:
        """Lets the upload use the files whose proofs are right, so that they are not sent. Repeats change nothing.

        Raises:
            InvalidInput: a proof is wrong, or its file is not known; then no file is used.
            NotFound, WrongState (the upload is not open), Unavailable
        """
        upload = await self._registry.get_upload(by, upload_id)
        if upload.state is not UploadState.OPEN:
            raise WrongState.of("state", f"{upload.fate}; it takes no more files")
        files = _named(upload, proofs)
        if files:
            contents = await self._contents(by, upload, list(files.values()))
            await self._check(upload, proofs, files, contents)
            upload = await self._registry.reuse_contents(by, upload.id, [file.sha256 for file in files.values()])
            self._end(upload)
        return upload

    async def _contents(self, by: Principal, upload: Upload, files: Sequence[_File]) -> Mapping[str, Content]:
        """The contents of these files, by digest."""
        sizes = {file.sha256: file.size for file in files}
        if not sizes:
            return {}
        found = await self._registry.find_contents(by, upload.model_id, list(sizes))
        return {content.sha256: content for content in found if content.size == sizes[content.sha256]}

    async def _check(
        self, upload: Upload, proofs: Sequence[Proof], files: Mapping[int, _File], contents: Mapping[str, Content]
    ) -> None:
        """Raises InvalidInput for the first proof that is wrong."""
        for number, file in files.items():
            if file.sha256 not in contents:
                raise InvalidInput.of(f"proofs[{number}].path", Rule.EXISTS, _GONE)
        reads = asyncio.Semaphore(_READS)
        checks = [self._is_right(upload, proofs[n].proof, contents[file.sha256], reads) for n, file in files.items()]
        for number, right in zip(files, await asyncio.gather(*checks), strict=True):
            if right is None:
                raise InvalidInput.of(f"proofs[{number}].path", Rule.EXISTS, _GONE)
            if not right:
                message = "is not the hash of these ranges of the file: send the file"
                raise InvalidInput.of(f"proofs[{number}].proof", Rule.PROOF, message)

    async def _is_right(self, upload: Upload, given: str, content: Content, reads: asyncio.Semaphore) -> bool | None:
        """Returns None if the file is gone. A challenge made with the secret before is still good."""
        read: dict[tuple[Range, ...], list[bytes]] = {}
        for secret in self._secrets.accepted():
            asked = _challenge(secret, upload, content)
            if asked.ranges not in read:
                try:
                    read[asked.ranges] = await asyncio.gather(
                        *(self._read(content.storage_key, part, reads) for part in asked.ranges)
                    )
                except NotFound:
                    return None
            if is_proof(given, proof(asked, read[asked.ranges])):
                return True
        return False

    async def _read(self, key: str, part: Range, reads: asyncio.Semaphore) -> bytes:
        async with reads:
            return await asyncio.to_thread(self._objects.read, key, part.offset, part.length)

    def _end(self, upload: Upload) -> None:
        """Ends the upload of parts that are not sent. The remover does it if the store does not answer."""
        if upload.content_key:
            with suppress(Unavailable):
                self._objects.abort(upload.storage_key, upload.storage_upload_id)


def _challenge(secret: bytes, upload: Upload, content: Content) -> Challenge:
    holder = f"{upload.tenant_id}/{upload.created_by}"
    return challenge(secret, holder=holder, upload_id=upload.id, sha256=content.sha256, size=content.size)


def _missing(upload: Upload) -> list[_File]:
    """The files of the upload that are not proved. Those of a set are sent."""
    if upload.content_key or not upload.sha256 or upload.is_set:
        return []
    return [_File(upload.filename, upload.sha256, upload.size)]


def _named(upload: Upload, proofs: Sequence[Proof]) -> Mapping[int, _File]:
    """The files of the proofs, by the places of these, without those that are proved already. Raises InvalidInput."""
    if not 1 <= len(proofs) <= PROOFS_MAX:
        rule = Rule.MAX_ITEMS if proofs else Rule.MIN_ITEMS
        raise InvalidInput.of("proofs", rule, f"must have from 1 to {PROOFS_MAX} items")
    missing = {file.path: file for file in _missing(upload)}
    proved = {upload.filename} if upload.content_key else set[str]()
    seen: set[str] = set()
    for number, given in enumerate(proofs):
        if given.path in seen:
            raise InvalidInput.of(f"proofs[{number}].path", Rule.REPEATED, "is there twice")
        if given.path not in missing and given.path not in proved:
            raise InvalidInput.of(f"proofs[{number}].path", Rule.EXISTS, _GONE)
        seen.add(given.path)
    return {number: missing[given.path] for number, given in enumerate(proofs) if given.path in missing}
