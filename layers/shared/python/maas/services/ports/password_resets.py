"""The needs of mails with tokens from outside. Every method may raise Unavailable."""

from datetime import datetime
from typing import Protocol


class SignedTexts(Protocol):
    """Texts that a person keeps for us, which we alone can make."""

    def sign(self, text: str) -> str: ...

    def read(self, signed: str) -> str | None:
        """The text that was signed; None if `signed` was not made here, or too long ago."""
        ...


class MailPauses(Protocol):
    """The time at which each address, with or without an account, has got its last mail of a kind."""

    def claim(self, email: str, kind: str, now: datetime, before: datetime) -> bool:
        """Writes `now` down; false if the last mail of this kind is of after `before`."""
        ...
