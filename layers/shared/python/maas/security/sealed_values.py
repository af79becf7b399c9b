"""Values with a MAC, for stores that others may write to (docs/decisions/0031-sealed-cache-values.md)."""

import hashlib
import hmac

# Hexadecimal digits before the value.
MAC_SIZE = 64


def seal(key: bytes, name: str, value: bytes) -> bytes:
    """The value after its MAC, the HMAC-SHA-256 of name and value."""
    return hmac.new(key, hashlib.sha256(name.encode()).digest() + value, "sha256").hexdigest().encode() + value


def unseal(key: bytes, name: str, sealed: bytes) -> bytes | None:
    """The value, or None if `sealed` was not made by `seal` with the same key and name."""
    value = sealed[MAC_SIZE:]
    return value if hmac.compare_digest(sealed, seal(key, name, value)) else None
