"""Argon2id (RFC 9106) with OWASP's parameters for 19 MiB; a hash takes about 26 ms."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import argon2
from argon2.exceptions import VerifyMismatchError

from maas.adapters.common_passwords import is_common
from maas.domain.errors import Exhausted

# Hashes under way in one process, each with 19 MiB and one core, and the seconds that the next one waits for them.
HASHES_MAX, PATIENCE = 2, 5.0
# The hash of an unknown password, with the parameters below. It takes as long to verify as a user's hash.
_UNKNOWN = "$argon2id$v=19$m=19456,t=2,p=1$xYh1fJNnPm5c+lZdqhDHCQ$WnfLOu/7Bkk4SfdEFBM/UkknyQ5LLFxbIaGlplWpdlg"


class Argon2Passwords:
    """The Passwords port. A hash names its own parameters, so those of earlier releases are still verified."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._slots = threading.BoundedSemaphore(HASHES_MAX)
        self._patience = patience

    def hash(self, password: str) -> str:
        with self._slot():
            return self._hasher.hash(password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        with self._slot():
            try:
                self._hasher.verify(password_hash or _UNKNOWN, password)
            except VerifyMismatchError:
                return False
        return password_hash is not None

    def is_common(self, password: str) -> bool:
        return is_common(password)

    def is_outdated(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=self._patience):
            raise Exhausted("too many passwords are being checked; try again")
        try:
            yield
        finally:
            self._slots.release()
