"""The people who may register: all, those who show that they read the mail of the address, those invited, or none."""

from dataclasses import dataclass
from enum import StrEnum

from maas.domain.errors import FieldError, RegistrationClosed, Rule


class Registration(StrEnum):
    """The operator's choice."""

    OPEN = "open"
    VERIFIED = "verified"
    INVITED = "invited"
    CLOSED = "closed"

    @property
    def takes_strangers(self) -> bool:
        """Returns whether people may register without an invitation."""
        return self in (Registration.OPEN, Registration.VERIFIED)

    def check(self, *, invited: bool) -> None:
        """Raises RegistrationClosed if a person may not register, `invited` or not."""
        if self is Registration.CLOSED:
            raise RegistrationClosed("registration is closed")
        if self is Registration.INVITED and not invited:
            message = "must be given: registration is by invitation only"
            raise RegistrationClosed(f"invitation: {message}", [FieldError("invitation", Rule.REQUIRED, message)])


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """Rules of who may register, and how often: failed sign-ins in 15 minutes and registrations in an hour, a network.

    A 0 allows all.
    """

    registration: Registration
    failures: int
    registrations: int
