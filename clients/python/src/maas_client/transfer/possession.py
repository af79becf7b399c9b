"""The proof that local files are ones that the organization has already (docs/api/uploads.md)."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from anyio import to_thread

from maas_client import errors as e
from maas_client.answers import StartedUpload, Upload
from maas_client.local_files import opened, readable
from maas_client.resources.uploads import Uploads

# Proofs that one call takes, by docs/limits.md of the server.
PROOFS_MAX = 100
# Calls for one batch: each refusal names some files, which are sent then.
_CALLS_MAX = 3
_BLOCK = 1024 * 1024


async def proven(uploads: Uploads, upload: StartedUpload | Upload, sources: Mapping[str, Path]) -> frozenset[str]:
    """Proves the files of an upload that the organization has. Returns the paths of those that need not be sent.

    A file whose proof is refused is sent: it is about to be removed, or is another file by now.

    Raises MissingFile, UnreadableFile, ApiError.
    """
    reused, known = set(upload.reused), [each for each in upload.known if each.path in sources]
    for start in range(0, len(known), PROOFS_MAX):
        proofs = {
            each.path: await to_thread.run_sync(proof_of, sources[each.path], each.ranges, each.nonce)
            for each in known[start : start + PROOFS_MAX]
        }
        reused.update(await _proved(uploads, upload.upload_id, proofs))
    return frozenset(reused)


async def _proved(uploads: Uploads, upload_id: str, proofs: Mapping[str, str]) -> Sequence[str]:
    """Sends proofs, again without those that a refusal names. Returns the paths that were proved, or none."""
    for _ in range(_CALLS_MAX):
        if not proofs:
            break
        try:
            return (await uploads.prove(upload_id, proofs)).reused
        except e.InvalidInput as refusal:
            wrong = {int(found[1]) for each in refusal.errors if (found := re.match(r"proofs\[(\d+)\]", each.field))}
            if not wrong:
                break
            proofs = {path: proof for n, (path, proof) in enumerate(proofs.items()) if n not in wrong}
        except e.Unavailable:
            break
    return []


def proof_of(path: Path, ranges: Sequence[tuple[int, int]], nonce: str) -> str:
    """Returns the HMAC-SHA256, in hexadecimal, of the file's ranges in their order. The nonce is the key.

    A range is an offset and a length in bytes.

    Raises MissingFile, UnreadableFile.
    """
    proof = hmac.new(bytes.fromhex(nonce), digestmod=hashlib.sha256)
    with readable(path), opened(path) as handle:
        for offset, length in ranges:
            handle.seek(offset)
            while length and (block := handle.read(min(length, _BLOCK))):  # a range may be longer than memory has room
                proof.update(block)
                length -= len(block)
    return proof.hexdigest()
