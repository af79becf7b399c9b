"""The terms of registration and sign-in."""

from dataclasses import dataclass

from maas.platform.environment import SettingsError, env


@dataclass(frozen=True)
class AdmissionSettings:
    """The terms of registration, and tries of one network: failed sign-ins in 15 minutes, registrations in an hour."""

    registration: str = env("MAAS_REGISTRATION")
    failures: int = env("MAAS_SIGN_IN_FAILURES_PER_NETWORK")
    registrations: int = env("MAAS_REGISTRATIONS_PER_NETWORK")

    def __post_init__(self) -> None:
        """Raises SettingsError if `registration` is not one of its four values."""
        if self.registration not in ("open", "verified", "invited", "closed"):
            raise SettingsError("MAAS_REGISTRATION must be open, verified, invited or closed")
