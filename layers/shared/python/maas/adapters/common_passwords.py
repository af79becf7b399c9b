"""The most common passwords of at least 12 characters: 43,940 breached ones of the most used million.

The file beside this module has the first 5 bytes of each one's SHA-256, in order. tools/common_passwords.py says where
they come from. It is mapped at the first registration and never read as a whole.
"""

import hashlib
import mmap
from bisect import bisect_left
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("common_passwords.bin")
_SIZE = 5


def is_common(password: str) -> bool:
    """Returns whether a password is on the list, in any case."""
    digests, wanted = _digests(), digest(password)
    place = bisect_left(range(len(digests) // _SIZE), wanted, key=lambda i: digests[i * _SIZE : (i + 1) * _SIZE])
    return digests[place * _SIZE : (place + 1) * _SIZE] == wanted


def digest(password: str) -> bytes:
    return hashlib.sha256(password.lower().encode()).digest()[:_SIZE]


@cache
def _digests() -> mmap.mmap:
    with FILE.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
