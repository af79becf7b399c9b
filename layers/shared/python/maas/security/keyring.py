"""The keys in one secret, and the times at which each of them signs and is accepted.

The secret's text is JSON, `{"current": "<random>", "previous": "<random>", "rotated_at": <Unix seconds>}`. Before the
first rotation it has only `current`. See docs/decisions/0015-rotation.md.
"""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from maas.domain.errors import WrongState
from maas.domain.identity.principals import Principal
from maas.security import tokens
from maas.security.secret_values import Secret, SecretReader
from maas.security.tokens import Key, Kind

# Seconds from a rotation until the new key signs. By then every process has read it (secret_values.MAX_AGE), and
# clients that cache our JWKS as long as its cache-control allows have fetched it again.
SETTLING = 600
# Seconds from a rotation until the previous key is rejected: SETTLING, the lifetime of the longest-lived token, and
# half an hour for signers that can't read the secret.
OVERLAP = 3600
# Seconds by which the rotator's clock may be ahead of a reader's.
SKEW = 300
_TYPES = {"current": str, "previous": str, "rotated_at": int}


@dataclass(frozen=True, slots=True)
class Keyring:
    """`rotated_at` is the time (Unix seconds) at which `current` replaced `previous`."""

    current: Key
    previous: Key | None = None
    rotated_at: int = 0

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Parses a secret's text. Raises ValueError if it does not have the form above."""
        members = _members(text)
        previous = Key.derive(members["previous"]) if "previous" in members else None
        return cls(Key.derive(members["current"]), previous, members.get("rotated_at", 0))

    def signing_key(self, now: float) -> Key:
        """The key that signs at `now` (Unix seconds)."""
        if self.previous is None or _since(self.rotated_at, now) >= SETTLING:
            return self.current
        return self.previous

    def verification_keys(self, now: float) -> tuple[Key, ...]:
        """The keys whose tokens are accepted at `now` (Unix seconds), newest first."""
        if self.previous is None or _since(self.rotated_at, now) >= OVERLAP:
            return (self.current,)
        return (self.current, self.previous)

    def keys(self) -> tuple[Key, ...]:
        """All keys of the secret, newest first, whether they are still accepted or not."""
        return (self.current,) if self.previous is None else (self.current, self.previous)


def successor(text: str, now: float) -> str:
    """The text that follows `text`: a new key, and the current key as the previous one.

    Raises:
        WrongState: tokens of the previous key are still valid and would be rejected.
        ValueError: `text` does not have the form above.
    """
    Keyring.parse(text)
    members = _members(text)
    wait = OVERLAP - _since(members.get("rotated_at", 0), int(now))
    if wait > 0:
        raise WrongState.of("rotated_at", f"the key before is still in use; this can be rotated again in {wait} s")
    return json.dumps({"current": secrets.token_urlsafe(48), "previous": members["current"], "rotated_at": int(now)})


def _since(rotated_at: int, now: float) -> float:
    """Seconds since the rotation. A time in the future is a mistake (milliseconds, by hand) and counts as long ago.

    Otherwise the previous key would sign and be accepted until that time, and a rotation could not repair it.
    """
    return now - rotated_at if rotated_at <= now + SKEW else now


def _members(text: str) -> dict[str, Any]:
    try:
        members = json.loads(text)
    except RecursionError:
        raise ValueError("the secret is nested too deeply") from None
    if not isinstance(members, dict) or set(members) not in ({"current"}, set(_TYPES)):
        raise ValueError(f"the secret must be a JSON object with `current` alone, or with {', '.join(_TYPES)}")
    for name, value in members.items():
        if type(value) is not _TYPES[name]:
            raise ValueError(f"{name} is of the wrong type")
    return members


class TokenKeys:
    """Signs and verifies tokens with the keys of a secret, which is re-read as it ages.

    Every method raises Unavailable if the secret could not be read yet.
    """

    def __init__(self, secret: Secret[Keyring], clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    @classmethod
    def of(cls, secret_id: str, secrets: SecretReader) -> "TokenKeys":
        """The keys of the secret with this name or ARN. Nothing is read before the first use."""
        return cls(Secret(partial(secrets.text, secret_id), Keyring.parse))

    def signing_key(self) -> Key:
        """The key that signs now."""
        return self._secret.value().signing_key(self._clock())

    def verification_keys(self) -> tuple[Key, ...]:
        """The keys whose tokens are accepted now, newest first."""
        return self._secret.value().verification_keys(self._clock())

    def known_keys(self) -> tuple[Key, ...]:
        """All keys of the secret, for what they have sealed before."""
        return self._secret.value().keys()

    def cached_signing_key(self) -> Key:
        """Like signing_key, but never re-reads the secret because of its age."""
        return self._secret.cached().signing_key(self._clock())

    def cached_verification_keys(self) -> tuple[Key, ...]:
        """Like verification_keys, but never re-reads the secret because of its age."""
        return self._secret.cached().verification_keys(self._clock())

    def has_cached_key_of(self, kind: Kind, token: str) -> bool:
        """Returns whether a cached key has the token's key id. Raises Unauthenticated."""
        kid = tokens.key_id(kind, token)
        return any(key.kid == kid for key in self.cached_verification_keys())

    def verify(self, kind: Kind, token: str) -> Principal:
        """The principal of a token, like tokens.verify; re-reads the secret if no key has the token's key id."""
        kid = tokens.key_id(kind, token)
        if kid not in {key.kid for key in self.verification_keys()}:
            self.renew()
        return tokens.verify_with_key_id(kid, self.cached_verification_keys(), kind, token)

    def renew(self) -> None:
        """Re-reads the secret now."""
        self._secret.renew()
