"""Addresses whose mail their people read. Every method may raise Unavailable."""

from typing import Protocol

from maas.domain.identity.accounts import Credentials


class Verifications(Protocol):
    def verify(self, email: str, known: Credentials) -> None:
        """Stores that the address is verified, with all of its members.

        Raises:
            Outdated: password or memberships are not those of `known` any more.
        """
        ...
