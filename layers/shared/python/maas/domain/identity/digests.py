"""What the server keeps of a random secret."""

import hashlib


def digest_of(secret: str) -> str:
    """SHA-256, hexadecimal. The secret is random, so a slow hash would add no safety."""
    return hashlib.sha256(secret.encode()).hexdigest()
