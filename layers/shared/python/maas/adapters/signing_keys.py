"""The texts of secrets that hold signing keys: what follows one, and whether it may."""

import time
from collections.abc import Callable

from maas.domain.errors import InvalidInput, Rule, Unauthenticated, WrongState
from maas.domain.identity.principals import Principal
from maas.security import tokens
from maas.security.keyring import Keyring, successor
from maas.security.tokens import SERVICE, Key

# Seconds from the first step to the last. The times of maas.keyring count from the first.
FINISH_WITHIN = 300
# Nobody: the tokens that are signed here to try a key go nowhere.
_PROBE = Principal("rotation", "none", frozenset(), frozenset())


class SigningKeys:
    """`clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    def successor(self, text: str) -> str:
        _parsed(text)
        return successor(text, self._clock())

    def check(self, text: str, before: str) -> None:
        now, after, held = self._clock(), _parsed(text), _parsed(before)
        # Secrets Manager tries out a new schedule with a copy of the current text.
        if text != before and now > after.rotated_at + FINISH_WITHIN:
            raise WrongState.of("rotated_at", "the new text is too old; remove its stage AWSPENDING and rotate again")
        for signer in (held.current, after.current):
            _try(signer, after.verification_keys(now))


def _parsed(text: str) -> Keyring:
    try:
        return Keyring.parse(text)
    except ValueError as error:
        raise InvalidInput.of("SecretString", Rule.KEYRING, str(error)) from None


def _try(signer: Key, accepted: tuple[Key, ...]) -> None:
    try:
        found = tokens.verify(accepted, SERVICE, tokens.sign(signer, SERVICE, _PROBE))
    except Unauthenticated:
        found = None
    if found != _PROBE:
        raise InvalidInput.of(
            "SecretString", Rule.KEYRING, "the new text does not accept a token of a key that is in use"
        )
