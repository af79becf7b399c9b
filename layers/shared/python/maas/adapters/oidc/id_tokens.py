"""ID tokens of trusted issuers: the IdTokens port. The keys of issuers are kept in the process."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from maas.adapters.oidc.documents import Send, keys_of
from maas.adapters.oidc.key_sets import KeySet, VerificationKey
from maas.domain.errors import IssuerUnreachable, Rule
from maas.domain.identity.id_tokens import TOKEN_MAX, IdToken, refused
from maas.platform.observability import logger
from maas.security.strict_json import segments

# Seconds for which keys are used, and for which they are if the issuer does not answer.
TTL, STALE_MAX = 600.0, 3600.0
# Seconds between two reads of one issuer's keys, whatever key a token names and whether the first one succeeded.
AGAIN = 30.0
ISSUERS_MAX = 256


@dataclass(slots=True)
class _Known:
    """The knowledge of an issuer. `reading` lets one thread read while the others wait for its result."""

    keys: KeySet | None = None
    read_at: float = 0.0
    tried_at: float = float("-inf")
    reason: str = ""
    reading: threading.Lock = field(default_factory=threading.Lock)


class SignedIdTokens:
    """The IdTokens port. `send` is that of an Outbound."""

    def __init__(self, send: Send, clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._clock = clock
        self._issuers: dict[str, _Known] = {}  # those that were added last
        self._lock = threading.Lock()

    def read(self, text: str, now: datetime) -> IdToken:
        if len(text) > TOKEN_MAX:
            raise refused(f"must have at most {TOKEN_MAX} characters", Rule.MAX_LENGTH)
        try:
            header, claims = segments(text)
            json.dumps(claims, ensure_ascii=False).encode()  # a ValueError if a text has lone surrogates
        except (ValueError, TypeError, RecursionError):
            raise refused("must be a signed JSON Web Token with each name once: header.claims.signature") from None
        return IdToken.checked(text, header, claims, now)

    def is_signed(self, token: IdToken) -> bool:
        keys = self._keys(token.issuer, token.key_id)
        return any(key.has_signed(token.text, token.algorithm) for key in keys)

    def _keys(self, issuer: str, key_id: str) -> Sequence[VerificationKey]:
        known = self._known(issuer)
        with known.reading:
            self._renew(issuer, known, key_id)
            if known.keys is None or self._clock() - known.read_at > STALE_MAX:
                raise IssuerUnreachable.because(known.reason)
            return known.keys.get(key_id, ())

    def _known(self, issuer: str) -> _Known:
        with self._lock:
            if issuer not in self._issuers and len(self._issuers) >= ISSUERS_MAX:
                del self._issuers[next(iter(self._issuers))]
            return self._issuers.setdefault(issuer, _Known())

    def _renew(self, issuer: str, known: _Known, key_id: str) -> None:
        """Reads the keys if they are old or lack the one that is wanted, but not too soon after the last time."""
        now = self._clock()
        is_fresh = known.keys is not None and now - known.read_at < TTL and key_id in known.keys
        if is_fresh or now - known.tried_at < AGAIN:
            return
        known.tried_at = now
        try:
            known.keys = keys_of(issuer, self._send)
            known.read_at, known.reason = now, ""
        except IssuerUnreachable as error:
            known.reason = error.reason
            logger.warning("the keys of a trusted issuer can't be read", issuer=issuer, reason=error.reason)
