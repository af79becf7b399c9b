"""Mail from the operator's address."""

from typing import Protocol

from maas.domain.identity.mail import Mail


class Mailer(Protocol):
    @property
    def has_sender(self) -> bool:
        """Returns whether the operator lets mail be sent at all."""
        ...

    def check(self) -> None:
        """Raises Unavailable if no mail can be sent just now, whoever it is for."""
        ...

    def send(self, mail: Mail) -> None:
        """Raises Unavailable if this mail can't be sent."""
        ...
