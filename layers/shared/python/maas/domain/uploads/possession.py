"""The proof that a client has a file that its organization has already: a hash over parts that the server picks.

A digest is no secret: it is in lists, logs and lock files. So it must not be enough to get the file
(docs/decisions/0066-content-is-kept-once.md).
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

# A file up to this size is hashed whole. Of a larger one, each of RANGES equal pieces has a range of RANGE_BYTES.
WHOLE_MAX = 1024 * 1024
RANGES, RANGE_BYTES = 16, 4096
# Proofs that one call takes at most.
PROOFS_MAX = 100


@dataclass(frozen=True, slots=True)
class Range:
    """A part of a file, in bytes."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Challenge:
    """The ranges to hash, in order, and the key of the hash (hexadecimal)."""

    ranges: tuple[Range, ...]
    nonce: str


def challenge(secret: bytes, *, holder: str, upload_id: str, sha256: str, size: int) -> Challenge:
    """The challenge for a file of an upload that `holder` has started. Nothing of it is stored.

    The ranges follow from the holder and the file: whoever lacks one of them does not get others by trying again. The
    nonce follows from the upload, so no answer can be used twice.
    """
    nonce = _derived(secret, "nonce", upload_id, sha256)
    return Challenge(tuple(_ranges(secret, holder, sha256, size)), nonce.hex())


def proof(asked: Challenge, contents: Iterable[bytes]) -> str:
    """The answer to a challenge, in hexadecimal; `contents` are those of its ranges."""
    found = hmac.new(bytes.fromhex(asked.nonce), digestmod=hashlib.sha256)
    for content in contents:
        found.update(content)
    return found.hexdigest()


def is_proof(given: str, expected: str) -> bool:
    """Compares two proofs in a time that does not depend on their content."""
    return hmac.compare_digest(given.lower().encode(), expected.encode())


def _ranges(secret: bytes, holder: str, sha256: str, size: int) -> Iterable[Range]:
    if size <= WHOLE_MAX:
        yield Range(0, size)
        return
    for number in range(RANGES):
        begin, end = size * number // RANGES, size * (number + 1) // RANGES
        chosen = int.from_bytes(_derived(secret, "range", holder, sha256, str(number)))
        yield Range(begin + chosen % (end - begin - RANGE_BYTES + 1), RANGE_BYTES)


def _derived(secret: bytes, *names: str) -> bytes:
    return hmac.digest(secret, "\n".join(names).encode(), "sha256")
