"""The keys that one secret holds, and from when to when each of them signs and is accepted.

The secret's text is JSON, `{"current": "<random>", "previous": "<random>", "rotated_at": <Unix seconds>}`; before the
first rotation it has `current` alone. See docs/decisions/0015-rotation.md.
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
from maas.security.secret_values import Secret, secret_text
from maas.security.tokens import Key, Kind

# Seconds from a rotation until the new key signs. By then every process has read it (maas.secrets.MAX_AGE),
# and so has everyone who keeps our JWKS as long as its cache-control allows.
SETTLING = 600
# Seconds from a rotation until the key before is refused: SETTLING, the life of the longest token, and half an hour
# for a signer that can't read the secret.
OVERLAP = 3600
# Seconds that the rotator's clock may be ahead of a reader's.
SKEW = 300
_TYPES = {"current": str, "previous": str, "rotated_at": int}


@dataclass(frozen=True, slots=True)
class Keyring:
    """`rotated_at`, Unix seconds: when `current` followed `previous`."""

    current: Key
    previous: Key | None = None
    rotated_at: int = 0

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Raises ValueError unless `text` is that of such a secret."""
        found = _members(text)
        previous = Key.derive(found["previous"]) if "previous" in found else None
        return cls(Key.derive(found["current"]), previous, found.get("rotated_at", 0))

    def signer(self, now: float) -> Key:
        """The key to sign with at `now`, Unix seconds."""
        if self.previous is None or _since(self.rotated_at, now) >= SETTLING:
            return self.current
        return self.previous

    def accepted(self, now: float) -> tuple[Key, ...]:
        """The keys whose tokens are good at `now`, the newest first."""
        if self.previous is None or _since(self.rotated_at, now) >= OVERLAP:
            return (self.current,)
        return (self.current, self.previous)


def successor(text: str, now: float) -> str:
    """The secret's next text: a new key, and the one that was current before it.

    Raises:
        WrongState: tokens of the key before are still good, and would be refused.
        ValueError: `text` is not that of such a secret.
    """
    Keyring.parse(text)
    held = _members(text)
    wait = OVERLAP - _since(held.get("rotated_at", 0), int(now))
    if wait > 0:
        raise WrongState.of("rotated_at", f"the key before is still in use; this can be rotated again in {wait} s")
    return json.dumps({"current": secrets.token_urlsafe(48), "previous": held["current"], "rotated_at": int(now)})


def _since(rotated_at: int, now: float) -> float:
    """Seconds since the rotation. A time yet to come (milliseconds, by hand) is a mistake: as if it were long ago.

    Otherwise the key before would sign, and be accepted, until then, and no rotation could mend it.
    """
    return now - rotated_at if rotated_at <= now + SKEW else now


def _members(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("the secret is nested too deeply") from None
    if not isinstance(found, dict) or set(found) not in ({"current"}, set(_TYPES)):
        raise ValueError(f"the secret must be a JSON object with `current` alone, or with {', '.join(_TYPES)}")
    for name, value in found.items():
        if type(value) is not _TYPES[name]:
            raise ValueError(f"{name} is of the wrong type")
    return found


class Keys:
    """Signs and verifies with the keys of a secret, which is read again as it ages."""

    def __init__(self, secret: Secret[Keyring], clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    @classmethod
    def of(cls, secret_id: str, endpoint: str) -> "Keys":
        """`secret_id` is a name or ARN; `endpoint` empty: AWS itself. Nothing is read before the first use."""
        return cls(Secret(partial(secret_text, secret_id, endpoint), Keyring.parse))

    def signer(self) -> Key:
        """The key to sign with now. Raises Unavailable, as all methods do where no secret could be read yet."""
        return self._secret.value().signer(self._clock())

    def accepted(self) -> tuple[Key, ...]:
        """The keys whose tokens are good now, the newest first."""
        return self._secret.value().accepted(self._clock())

    def held(self) -> tuple[Key, ...]:
        """The same of what was read last, for whoever must not wait while the secret is read again."""
        return self._secret.held().accepted(self._clock())

    def held_signer(self) -> Key:
        """The key to sign with now, of what was read last, likewise."""
        return self._secret.held().signer(self._clock())

    def holds_key_of(self, kind: Kind, token: str) -> bool:
        """Whether a key that was read already has the token's key id. Raises Unauthenticated."""
        named = tokens.key_id(kind, token)
        return any(key.kid == named for key in self.held())

    def verify(self, kind: Kind, token: str) -> Principal:
        """The principal of a token, like tokens.verify; re-reads the secret if no key has the token's key id."""
        named = tokens.key_id(kind, token)
        if named not in {key.kid for key in self.accepted()}:
            self.renew()
        return tokens.verify_named(named, self.held(), kind, token)

    def renew(self) -> None:
        """Reads the secret now. Raises Unavailable."""
        self._secret.renew()
