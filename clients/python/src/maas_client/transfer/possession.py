"""The proof that a local file is one that the organization has already (docs/api/uploads.md)."""

import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path

from maas_client.local_files import readable


def proof_of(path: Path, ranges: Sequence[tuple[int, int]], nonce: str) -> str:
    """Returns the HMAC-SHA256, in hexadecimal, of the file's ranges in their order. The nonce is the key.

    A range is an offset and a length in bytes.

    Raises MissingFile, UnreadableFile.
    """
    proof = hmac.new(bytes.fromhex(nonce), digestmod=hashlib.sha256)
    with readable(path), path.open("rb") as handle:
        for offset, length in ranges:
            handle.seek(offset)
            proof.update(handle.read(length))
    return proof.hexdigest()
