"""The use case of an invited person: join the organization, with a new account or with the one that there is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from maas.domain import value_rules
from maas.domain.clock import now as wall_clock
from maas.domain.errors import InvalidCredentials, InvalidInput, NotFound, Rule, Unauthenticated
from maas.domain.identity import addresses
from maas.domain.identity.accounts import Credentials, User
from maas.domain.identity.invitations import Invitation, InvitationToken, not_open
from maas.domain.identity.principals import Principal
from maas.domain.identity.races import settled
from maas.domain.ids import new_id
from maas.services import new_passwords
from maas.services.accounts import Profile
from maas.services.own_accounts import person
from maas.services.ports.identity import Identities, Passwords
from maas.services.ports.invitations import Invitations


class JoinService:
    """Joins people to organizations that have invited them. `failed` is that of AccountService."""

    def __init__(
        self,
        invitations: Invitations,
        identities: Identities,
        passwords: Passwords,
        clock: Callable[[], datetime] = wall_clock,
        failed: Callable[[str, Credentials | None], None] = lambda _email, _known: None,
    ) -> None:
        self._invitations = invitations
        self._identities = identities
        self._passwords = passwords
        self._clock = clock
        self._failed = failed

    def join(self, invitation: str, *, email: str, password: str, name: str | None = None) -> Profile:
        """Makes the person a member of the organization that has invited it; the invitation is used up.

        A new address gets `password`. For an address with an account, `password` has to be that account's. It has to
        keep the rules of new passwords in both cases, so that a refused one does not tell them apart.

        Raises:
            InvalidInput: a field breaks its rule, the invitation is not open, or `email` is not the invited address.
            InvalidCredentials: the address has an account with another password.
            AlreadyExists: the account belongs to the organization already.
            WrongState: the account belongs to too many organizations.
        """
        token, address = InvitationToken.parse(invitation), addresses.email(email)
        name = None if name is None else value_rules.name(name)
        new_name = name or address[: value_rules.NAME_MAX]
        chosen = new_passwords.checked(self._passwords, password, email=address, name=new_name)
        return self._profile(settled(lambda: self._attempt(token, address, chosen, name)))

    def accept(self, by: Principal, invitation: str) -> Profile:
        """Makes the caller, who has logged in elsewhere, a member of the organization that has invited its address.

        Raises:
            InvalidInput (invitation): it is not open, or for another address.
            PermissionDenied: the caller is an API key.
            AlreadyExists, WrongState: as for join.
        """
        address, token = person(self._identities, by).email, InvitationToken.parse(invitation)
        return self._profile(settled(lambda: self._accept(token, address)))

    def organizations(self, by: Principal) -> list[Profile]:
        """The caller as a member of each organization that its address belongs to, in the order of joining."""
        address = person(self._identities, by).email
        known = self._identities.credentials(address)
        return [self._profile(user) for user in (self._identities.memberships(address, known) if known else [])]

    def _attempt(self, token: InvitationToken, address: str, password: str, name: str | None) -> User:
        invitation = self._open(token, address)
        known = self._identities.credentials(address)
        if known is None:
            user = self._member(invitation, name or address[: value_rules.NAME_MAX], invitation.mailed)
            self._invitations.join(invitation, user, self._passwords.hash(password))
            return user
        if not self._passwords.matches(known.password_hash, password):
            self._failed(address, known)
            raise InvalidCredentials("the e-mail address or the password is wrong")
        return self._join_known(invitation, known, name)

    def _accept(self, token: InvitationToken, address: str) -> User:
        invitation, known = self._open(token, address, "invitation"), self._identities.credentials(address)
        if known is None:
            raise Unauthenticated("the account does not exist any more")
        return self._join_known(invitation, known, None)

    def _join_known(self, invitation: Invitation, known: Credentials, name: str | None) -> User:
        verified = known.verified or invitation.mailed
        member = self._member(invitation, name or self._known_name(known, invitation.email), verified)
        user = replace(member, password_id=known.password_id)
        self._invitations.join_known(invitation, user, known)
        return user

    def _profile(self, user: User) -> Profile:
        organization = self._identities.organization(user.tenant_id)
        if organization is None:
            raise NotFound.of("organization", "organization", user.tenant_id)
        return Profile(user, organization)

    def _open(self, token: InvitationToken, address: str, field: str = "email") -> Invitation:
        invitation = self._invitations.invitation(token.tenant_id, token.invitation_id)
        if invitation is None or not invitation.accepts(token, self._clock()):
            raise not_open()
        if addresses.email_key(invitation.email) != addresses.email_key(address):
            message = "must be the address that was invited" if field == "email" else "must be for the caller's address"
            raise InvalidInput.of(field, Rule.DECLARED, message)
        return invitation

    def _member(self, invitation: Invitation, name: str, verified: bool) -> User:
        return User(
            id=new_id(),
            tenant_id=invitation.tenant_id,
            email=invitation.email,
            name=name,
            roles=invitation.roles,
            created_at=self._clock(),
            email_verified=verified,
        )

    def _known_name(self, known: Credentials, address: str) -> str:
        member = self._identities.user(known.tenant_id, known.user_id)
        return member.name if member else address[: value_rules.NAME_MAX]
