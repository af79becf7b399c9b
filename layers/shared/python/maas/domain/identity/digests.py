"""The digest of a random secret: the server keeps nothing else of it."""

import hashlib


def digest_of(secret: str) -> str:
    """SHA-256, hexadecimal. The secret is random, so a slow hash would add no safety."""
    return hashlib.sha256(secret.encode()).hexdigest()
