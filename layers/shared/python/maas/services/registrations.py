"""The use case of a person without an invitation: register, at once or after a mail has shown whose the address is."""

from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity import addresses
from maas.domain.identity.registration import Registration
from maas.services.accounts import AccountService, Profile
from maas.services.verifications import VerificationService


class RegistrationService:
    """Registers people as `registration` allows. Whether anybody may register at all is Admission's to say."""

    def __init__(
        self, accounts: AccountService, verifications: VerificationService, registration: Registration
    ) -> None:
        self._accounts = accounts
        self._verifications = verifications
        self._registration = registration

    def register(
        self, *, email: str, password: str, name: str | None, organization: str | None, verification: str | None
    ) -> Profile | None:
        """The new account; None if a mail with a token has to be answered first.

        With `verification`, that token, the account is verified. None is the answer for every address, with and without
        an account.

        Raises:
            InvalidInput: a field breaks its rule, or the token is not one for this address.
            AlreadyExists: the address is taken. Without a token this is raised only if addresses need not be verified.
            Unavailable: no mail can be sent.
        """
        if verification is not None:
            email = self._proven(email, verification)
        elif self._registration is Registration.VERIFIED:
            self._accounts.checked(email=email, password=password, name=name, organization=organization)
            self._verifications.request(email)
            return None
        verified = verification is not None
        profile = self._accounts.register(
            email=email, password=password, name=name, organization=organization, verified=verified
        )
        if not verified:
            self._verifications.welcome(profile.user)
        return profile

    def _proven(self, email: str, verification: str) -> str:
        """The address in the spelling in which the mail has reached it."""
        proven = self._verifications.proven(verification, "verification")
        if addresses.email_key(addresses.email(email)) != addresses.email_key(proven):
            raise InvalidInput.of("email", Rule.DECLARED, "must be the address that has got the token")
        return proven
