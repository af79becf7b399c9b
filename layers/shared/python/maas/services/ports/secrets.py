"""Secrets that hold signing keys, and their rotation."""

from collections.abc import Mapping, Sequence
from typing import Protocol

# Stages of a secret's version: in use, and in preparation. AWS moves the third one, AWSPREVIOUS, itself.
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


class ChallengeSecrets(Protocol):
    """Secrets that challenges follow from. Every method raises Unavailable if they can't be read."""

    def current(self) -> bytes:
        """The secret of new challenges."""
        ...

    def accepted(self) -> Sequence[bytes]:
        """The secrets of challenges that may still be answered, newest first."""
        ...


class SecretVersions(Protocol):
    """The versions of secrets.

    Every method raises NotFound for an unknown secret, and Unavailable if the store does not answer.
    """

    def stages(self, secret_id: str) -> Mapping[str, frozenset[str]]:
        """The stages of each version, by version id."""
        ...

    def text(self, secret_id: str, version: str) -> str | None:
        """Returns None for a version that was announced but has no text yet."""
        ...

    def put_pending(self, secret_id: str, version: str, text: str) -> None:
        """Stores the text of a version that has none yet, and gives it the stage PENDING.

        If two callers do so concurrently, the first text stays and neither call fails.
        """
        ...

    def make_current(self, secret_id: str, version: str, instead_of: str) -> None:
        """Moves the stage CURRENT from the version `instead_of` to `version`."""
        ...


class KeyTexts(Protocol):
    """The texts of secrets that hold signing keys."""

    def successor(self, text: str) -> str:
        """The text that follows `text`. Raises WrongState if it is too early to rotate, InvalidInput for a bad text."""
        ...

    def check(self, text: str, before: str) -> None:
        """Signs and verifies with the keys of both texts.

        Raises:
            InvalidInput: readers of `text` would reject tokens signed with the current key of either text.
            WrongState: `text` was made too long ago.
        """
        ...
