"""Mails to invited people. Whoever joins with the token of a mail has shown to read the address's mail."""

from maas.domain.identity.invitations import INVITATION_LIFETIME, Invitation, InvitationToken
from maas.services import mails
from maas.services.admission import Admission
from maas.services.ports.identity import Identities
from maas.services.ports.mail import Mailer


class InvitationMails:
    def __init__(self, mailer: Mailer, identities: Identities, admission: Admission) -> None:
        self._mailer = mailer
        self._identities = identities
        self._admission = admission

    @property
    def has_sender(self) -> bool:
        """Returns whether invitations are mailed. If not, the admin hands the token over."""
        return self._mailer.has_sender

    def check(self, tenant_id: str, email: str) -> None:
        """Counts a mail of the organization to the address.

        Raises:
            Unavailable: no mail can be sent just now.
            RateLimited: the organization has sent too many, in all or to this address.
        """
        self._mailer.check()
        self._admission.invitation_mail(tenant_id, email)

    def send(self, invitation: Invitation, token: InvitationToken) -> None:
        """Raises Unavailable if the mail can't be sent."""
        organization = self._identities.organization(invitation.tenant_id)
        name = organization.name if organization else ""
        self._mailer.send(mails.invitation(invitation.email, str(token), name, INVITATION_LIFETIME))
