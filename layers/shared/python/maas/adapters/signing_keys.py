"""The texts of secrets with signing keys: the successor of a text, and its check."""

import time
from collections.abc import Callable

from maas.domain.errors import InvalidInput, Rule, Unauthenticated, WrongState
from maas.domain.identity.principals import Principal
from maas.security import tokens
from maas.security.keyring import Keyring, successor
from maas.security.tokens import SERVICE, Key

# Seconds from the first rotation step to the last. The times of maas.security.keyring count from the first step.
FINISH_WITHIN = 300
# The principal of test tokens, which are verified here and never sent.
_PROBE = Principal("rotation", "none", frozenset(), frozenset())


class SigningKeys:
    """The KeyTexts port. `clock` returns Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    def successor(self, text: str) -> str:
        _parsed(text)
        return successor(text, self._clock())

    def check(self, text: str, before: str) -> None:
        now, new, old = self._clock(), _parsed(text), _parsed(before)
        # Secrets Manager tests a new rotation schedule with a copy of the current text.
        if text != before and now > new.rotated_at + FINISH_WITHIN:
            raise WrongState.of("rotated_at", "the new text is too old; remove its stage AWSPENDING and rotate again")
        for signing_key in (old.current, new.current):
            _check_accepted(signing_key, new.verification_keys(now))


def _parsed(text: str) -> Keyring:
    try:
        return Keyring.parse(text)
    except ValueError as error:
        raise InvalidInput.of("SecretString", Rule.KEYRING, str(error)) from None


def _check_accepted(signing_key: Key, verification_keys: tuple[Key, ...]) -> None:
    try:
        principal = tokens.verify(verification_keys, SERVICE, tokens.sign(signing_key, SERVICE, _PROBE))
    except Unauthenticated:
        principal = None
    if principal != _PROBE:
        raise InvalidInput.of(
            "SecretString", Rule.KEYRING, "the new text does not accept a token of a key that is in use"
        )
