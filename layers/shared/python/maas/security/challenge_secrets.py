"""The secrets of challenges to clients, derived from the keys of a secret."""

from collections.abc import Sequence

from maas.security.keyring import TokenKeys

_PURPOSE = b"maas proof of possession"


class DerivedSecrets:
    """The ChallengeSecrets port."""

    def __init__(self, keys: TokenKeys) -> None:
        self._keys = keys

    def current(self) -> bytes:
        return self._keys.signing_key().derived(_PURPOSE)

    def accepted(self) -> Sequence[bytes]:
        return [key.derived(_PURPOSE) for key in self._keys.verification_keys()]
