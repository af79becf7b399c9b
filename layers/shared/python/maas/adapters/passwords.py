"""Argon2id (RFC 9106) with OWASP's parameters for 19 MiB; a hash takes about 26 ms."""

import argon2
from argon2.exceptions import VerifyMismatchError

# The hash of an unknown password, with the parameters below. It takes as long to verify as a user's hash.
_UNKNOWN = "$argon2id$v=19$m=19456,t=2,p=1$xYh1fJNnPm5c+lZdqhDHCQ$WnfLOu/7Bkk4SfdEFBM/UkknyQ5LLFxbIaGlplWpdlg"


class Argon2Passwords:
    """The Passwords port. Concurrent hashes need no limit, because a Lambda process handles one event at a time."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        try:
            self._hasher.verify(password_hash or _UNKNOWN, password)
        except VerifyMismatchError:
            return False
        return password_hash is not None
