"""The one way in which a password is taken: checked, and hashed."""

from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity import passwords
from maas.services.ports.identity import Passwords


def checked(hasher: Passwords, password: str, *, email: str, name: str) -> str:
    """The form of a new password that is hashed. Raises InvalidInput (password)."""
    chosen = passwords.chosen(password, email=email, name=name)
    if hasher.is_common(chosen):
        raise InvalidInput.of("password", Rule.COMMON, "must not be one of the most common passwords")
    return chosen


def hashed(hasher: Passwords, password: str, *, email: str, name: str) -> str:
    """The hash of a new password of the user with this address and name. Raises InvalidInput (password)."""
    return hasher.hash(checked(hasher, password, email=email, name=name))
