"""Files that are not sent, because the organization has them already: challenges to clients, and their proofs.

docs/decisions/0066-content-is-kept-once.md has the reasons.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from maas.domain.errors import FieldError, InvalidInput, NotFound, Rule, Unavailable, WrongState
from maas.domain.identity.principals import Principal
from maas.domain.uploads.contents import Content
from maas.domain.uploads.possession import PROOFS_MAX, Challenge, Range, challenge, is_proof, proof
from maas.domain.uploads.sessions import Upload, UploadFile, UploadState
from maas.platform.observability import logger
from maas.services.ports.contents import ContentRegistry
from maas.services.ports.secrets import ChallengeSecrets
from maas.services.ports.storage import ObjectStore
from maas.services.ports.upload_registry import UploadRegistry

# Reads of ranges that are under way at once.
_READS = 8
_GONE = "is not a file that the organization has, or it has it no more: send the file"


class Registry(UploadRegistry, ContentRegistry, Protocol):
    """The parts of the registry that are asked."""


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


class PossessionService:
    """Use cases of files that are known. The secrets make challenges that nobody can foresee."""

    def __init__(self, registry: Registry, objects: ObjectStore, secrets: ChallengeSecrets) -> None:
        self._registry = registry
        self._objects = objects
        self._secrets = secrets

    async def known(self, by: Principal, upload: Upload, stored: Collection[str] = ()) -> tuple[KnownFile, ...]:
        """The files of an upload that need not be sent, if the client proves that it has them.

        Those at the paths `stored` have been sent. While the contents can't be read, there are none: all can be sent.
        """
        if upload.state is not UploadState.OPEN:
            return ()
        missing = [file for file in upload.each_file if _can_be_known(file) and file.path not in stored]
        try:
            contents, secret = await self._contents(by, upload, missing), self._secrets.current()
        except Unavailable as error:
            logger.warning("files are sent, because contents can't be read", upload_id=upload.id, reason=error.message)
            return ()
        asked = {content.sha256: _challenge(secret, upload, content) for content in contents.values()}
        return tuple(KnownFile(file.path, asked[file.sha256]) for file in missing if file.path in contents)

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
            paths = [file.path for file in files.values()]
            upload = await self._registry.reuse_contents(by, upload.id, paths)
            self._end(upload, paths)
        return upload

    async def _contents(self, by: Principal, upload: Upload, files: Sequence[UploadFile]) -> Mapping[str, Content]:
        """The contents of these files, by path."""
        digests = list(dict.fromkeys(file.sha256 for file in files))
        if not digests:
            return {}
        found = {
            content.sha256: content for content in await self._registry.find_contents(by, upload.model_id, digests)
        }
        return {
            file.path: found[file.sha256]
            for file in files
            if file.sha256 in found and found[file.sha256].size == file.size
        }

    async def _check(
        self, upload: Upload, proofs: Sequence[Proof], files: Mapping[int, UploadFile], contents: Mapping[str, Content]
    ) -> None:
        """Raises InvalidInput with all proofs that are wrong."""
        reads = asyncio.Semaphore(_READS)
        checks = [
            self._is_right(upload, proofs[number].proof, contents.get(file.path), reads)
            for number, file in files.items()
        ]
        results = zip(files, await asyncio.gather(*checks), strict=True)
        wrong = [_fault(number, right) for number, right in results if not right]
        if wrong:
            raise InvalidInput(f"{wrong[0].field}: {wrong[0].message}", wrong)

    async def _is_right(
        self, upload: Upload, given: str, content: Content | None, reads: asyncio.Semaphore
    ) -> bool | None:
        """Returns None if the file is gone. A challenge made with the secret before is still good."""
        if content is None:
            return None
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

    def _end(self, upload: Upload, paths: Collection[str]) -> None:
        """Ends the uploads of parts that are not sent. The remover does it if the store does not answer."""
        for file in upload.each_file:
            if file.path in paths and file.content_key and file.storage_upload_id:
                with suppress(Unavailable):
                    self._objects.abort(file.storage_key, file.storage_upload_id)


def _challenge(secret: bytes, upload: Upload, content: Content) -> Challenge:
    holder = f"{upload.tenant_id}/{upload.created_by}"
    return challenge(secret, holder=holder, upload_id=upload.id, sha256=content.sha256, size=content.size)


def _can_be_known(file: UploadFile) -> bool:
    """Returns whether the file is not proved, and has bytes that somebody may have sent before."""
    return bool(file.sha256 and file.size and not file.content_key)


def _fault(number: int, right: bool | None) -> FieldError:
    """The fault of the proof at a place, whose file is gone if `right` is None."""
    if right is None:
        return FieldError(f"proofs[{number}].path", Rule.EXISTS, _GONE)
    return FieldError(
        f"proofs[{number}].proof", Rule.PROOF, "is not the hash of these ranges of the file: send the file"
    )


def _named(upload: Upload, proofs: Sequence[Proof]) -> Mapping[int, UploadFile]:
    """The files of the proofs, by the places of these, without those that are proved already. Raises InvalidInput."""
    if not 1 <= len(proofs) <= PROOFS_MAX:
        rule = Rule.MAX_ITEMS if proofs else Rule.MIN_ITEMS
        raise InvalidInput.of("proofs", rule, f"must have from 1 to {PROOFS_MAX} items")
    missing = {file.path: file for file in upload.each_file if _can_be_known(file)}
    proved = {file.path for file in upload.each_file if file.content_key}
    seen: set[str] = set()
    for number, given in enumerate(proofs):
        if given.path in seen:
            raise InvalidInput.of(f"proofs[{number}].path", Rule.REPEATED, "is there twice")
        if given.path not in missing and given.path not in proved:
            raise InvalidInput.of(f"proofs[{number}].path", Rule.EXISTS, _GONE)
        seen.add(given.path)
    return {number: missing[given.path] for number, given in enumerate(proofs) if given.path in missing}
