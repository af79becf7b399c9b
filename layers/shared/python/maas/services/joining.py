"""The use case of an invited person: join the organization, with a new account or with the one that there is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from maas.domain import value_rules
from maas.domain.clock import now as wall_clock
from maas.domain.errors import InvalidCredentials, InvalidInput, NotFound, Rule
from maas.domain.identity import addresses, passwords
from maas.domain.identity.accounts import Credentials, User
from maas.domain.identity.invitations import Invitation, InvitationToken, not_open
from maas.domain.identity.races import settled
from maas.domain.ids import new_id
from maas.services import new_passwords
from maas.services.accounts import Profile
from maas.services.ports.identity import Identities, Passwords
from maas.services.ports.invitations import Invitations


class JoinService:
    """Joins people to organizations that have invited them."""

    def __init__(
        self,
        invitations: Invitations,
        identities: Identities,
        passwords: Passwords,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._invitations = invitations
        self._identities = identities
        self._passwords = passwords
        self._clock = clock

    def join(self, invitation: str, *, email: str, password: str, name: str | None = None) -> Profile:
        """Makes the person a member of the organization that has invited it; the invitation is used up.

        A new address gets `password`. For an address with an account, `password` has to be that account's.

        Raises:
            InvalidInput: a field breaks its rule, the invitation is not open, or `email` is not the invited address.
            InvalidCredentials: the address has an account with another password.
            AlreadyExists: the account belongs to the organization already.
            WrongState: the account belongs to too many organizations.
        """
        token, address = InvitationToken.parse(invitation), addresses.email(email)
        name = None if name is None else value_rules.name(name)
        user = settled(lambda: self._attempt(token, address, password, name))
        organization = self._identities.organization(user.tenant_id)
        if organization is None:
            raise NotFound.of("invitation", "organization", user.tenant_id)
        return Profile(user, organization)

    def _attempt(self, token: InvitationToken, address: str, password: str, name: str | None) -> User:
        invitation = self._open(token, address)
        known = self._identities.credentials(address)
        if known is None:
            user = self._member(invitation, name or address[: value_rules.NAME_MAX])
            hashed = new_passwords.hashed(self._passwords, password, email=address, name=user.name)
            self._invitations.join(invitation, user, hashed)
            return user
        if not self._passwords.matches(known.password_hash, passwords.shown(password)):
            raise InvalidCredentials("the address has an account, and the password is not that account's")
        member = self._member(invitation, name or self._known_name(known, address))
        user = replace(member, password_id=known.password_id)
        self._invitations.join_known(invitation, user, known)
        return user

    def _open(self, token: InvitationToken, address: str) -> Invitation:
        invitation = self._invitations.invitation(token.tenant_id, token.invitation_id)
        if invitation is None or not invitation.accepts(token, self._clock()):
            raise not_open()
        if addresses.email_key(invitation.email) != addresses.email_key(address):
            raise InvalidInput.of("email", Rule.DECLARED, "must be the address that was invited")
        return invitation

    def _member(self, invitation: Invitation, name: str) -> User:
        return User(
            id=new_id(),
            tenant_id=invitation.tenant_id,
            email=invitation.email,
            name=name,
            roles=invitation.roles,
            created_at=self._clock(),
        )

    def _known_name(self, known: Credentials, address: str) -> str:
        member = self._identities.user(known.tenant_id, known.user_id)
        return member.name if member else address[: value_rules.NAME_MAX]
