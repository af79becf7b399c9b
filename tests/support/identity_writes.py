"""A use of each method of the identity table's adapters, and the events that it leaves."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from maas.adapters.aws.identity.keys import DynamoApiKeys
from maas.adapters.aws.identity.service_accounts import DynamoServiceAccounts
from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.aws.identity.trusted_issuers import DynamoTrustedIssuers
from maas.adapters.aws.identity.webhooks import DynamoWebhooks
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.api_keys import KeySecret
from maas.domain.identity.events import IdentityEventType
from maas.domain.identity.principals import Role
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.domain.ids import new_id
from maas.domain.webhooks.events import WebhookEventType
from maas.domain.webhooks.subscriptions import DisabledReason, Webhook
from tests.support.api_keys import a_key
from tests.support.identity_stores import NOW, IdentityStore, in_table, invited, person
from tools.identity_story import ID_TOKEN, ISSUER

LATER = NOW + timedelta(hours=1)


class World:
    """The adapters over one table, and the events that it has."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.table = IdentityTable(name, endpoint)
        self.people: IdentityStore = in_table(endpoint, name)
        self.keys, self.accounts = DynamoApiKeys(self.table), DynamoServiceAccounts(self.table)
        self.issuers, self.webhooks = DynamoTrustedIssuers(self.table), DynamoWebhooks(self.table)
        self.ada = self.people.founder()

    def events(self, tenant_id: str = "") -> list[dict[str, Any]]:
        """The events of an organization, by default of Ada's, in the order of their ids."""
        found = self.table.query(f"EVENTS#{tenant_id or self.ada.tenant_id}", begins_with="EVENT#")
        return [event for item in found for event in json.loads(item["events"])]

    def key(self) -> Any:
        key = a_key(self.ada, secret=KeySecret.fresh())
        self.keys.add(key, 10)
        return key

    def account(self) -> User:
        made = replace(person(self.ada.tenant_id, Role.INVOKER), email="", kind=MemberKind.SERVICE)
        self.accounts.add(made, 10)
        return made

    def issuer(self) -> TrustedIssuer:
        made = replace(ISSUER, id=new_id(), tenant_id=self.ada.tenant_id)
        self.issuers.add(made, 10)
        return made

    def webhook(self) -> Webhook:
        made = Webhook(
            id=new_id(),
            tenant_id=self.ada.tenant_id,
            url="https://example.com/hook",
            sealed=b"sealed",
            created_by=self.ada.id,
            created_at=NOW,
        )
        self.webhooks.add(made, 10)
        return made


def _add(world: World) -> None:
    world.ada = world.people.founder()


def _rehash(world: World) -> None:
    world.people.identities.renew(world.ada.email, world.people.known(world.ada).password_hash, "the same again")


def _refresh(world: World) -> None:
    session = world.people.session(world.ada)
    assert world.people.identities.rotate(session.id, session.digest, "next", LATER)


def _end(world: World) -> None:
    world.people.identities.end(session := world.people.session(world.ada))
    world.people.identities.end(session)


def _reuse(world: World) -> None:
    world.people.identities.end(world.people.session(world.ada), reused=True)


def _invite_again(world: World) -> None:
    world.people.invitations.add(replace(world.people.invitation(world.ada), digest="another"))


def _revoke_invitation(world: World) -> None:
    invitation = world.people.invitation(world.ada)
    assert world.people.invitations.revoke(invitation.tenant_id, invitation.id)
    assert not world.people.invitations.revoke(invitation.tenant_id, invitation.id)


def _join_known(world: World) -> None:
    world.people.membership(world.people.founder(), world.ada, Role.VIEWER)


def _join_by_mail(world: World) -> None:
    """A founder joins Ada's organization, which shows that it reads its mail. All events are in one item."""
    founder = world.people.founder()
    invitation = world.people.invitation(world.ada, email=founder.email)
    joined = replace(invited(invitation), email_verified=True)
    world.people.invitations.join_known(invitation, joined, world.people.known(founder))


def _verify(world: World) -> None:
    world.people.verifications.verify(world.ada.email, world.people.known(world.ada))


def _change_member(world: World) -> None:
    grace = world.people.colleague(world.ada, Role.VIEWER)
    world.people.members.change(grace, replace(grace, roles=frozenset({Role.DEVELOPER})))


def _remove_member(world: World) -> None:
    world.people.members.remove(world.people.colleague(world.ada, Role.VIEWER))


def _password(world: World, *, forgotten: bool) -> None:
    known = world.people.known(world.ada)
    successor = replace(known, password_hash="another", password_id=new_id(), verified=forgotten)
    if forgotten:
        world.people.own.reset_password(world.ada.email, known, successor)
    else:
        world.people.own.change_password(world.ada.email, known, successor, "")


def _change_key(world: World) -> None:
    key = world.key()
    world.keys.change(key, replace(key, name="renamed"))


def _rotate_key(world: World) -> None:
    key = world.key()
    assert world.keys.rotate(key, key.rotated(KeySecret.fresh(key.id), LATER))


def _remove_key(world: World) -> None:
    assert world.keys.remove(key := world.key())
    assert not world.keys.remove(key)


def _change_account(world: World) -> None:
    account = world.account()
    world.accounts.change(account, replace(account, disabled=True))


def _remove_account(world: World) -> None:
    assert world.accounts.remove(world.account())


def _change_issuer(world: World) -> None:
    issuer = world.issuer()
    world.issuers.change(issuer, replace(issuer, disabled=True))


def _exchange(world: World) -> None:
    issuer = world.issuer()
    assert world.issuers.note_exchange(issuer, ID_TOKEN, issuer.scopes)


def _remove_issuer(world: World) -> None:
    assert world.issuers.remove(issuer := world.issuer())
    assert not world.issuers.remove(issuer)


def _change_webhook(world: World) -> None:
    webhook = world.webhook()
    world.webhooks.change(webhook, replace(webhook, description="ours"))


def _fail(world: World) -> None:
    world.webhooks.note_failing(world.webhook(), NOW)


def _disable(world: World) -> None:
    world.webhooks.note_failing(webhook := world.webhook(), NOW)
    assert world.webhooks.disable(webhook, DisabledReason.FAILING, NOW)


def _remove_webhook(world: World) -> None:
    assert world.webhooks.remove(webhook := world.webhook())
    assert not world.webhooks.remove(webhook)


T = IdentityEventType
W = WebhookEventType
INVITED, JOINED = (T.INVITATION_CREATED,), (T.INVITATION_CREATED, T.INVITATION_ACCEPTED, T.USER_CREATED)
# What each method does here, and the events that it leaves with those of the steps before it; the founder's come first.
WRITES: Mapping[str, tuple[Callable[[World], Any], tuple[str, ...]]] = {
    "DynamoIdentities.add": (_add, ()),
    "DynamoIdentities.begin": (lambda world: world.people.session(world.ada), (T.SIGNED_IN,)),
    "DynamoIdentities.end": (_end, (T.SIGNED_IN, T.SESSION_ENDED)),
    "DynamoIdentities.end reused": (_reuse, (T.SIGNED_IN, T.REFRESH_TOKEN_REUSED)),
    "DynamoInvitations.add": (lambda world: world.people.invitation(world.ada), INVITED),
    "DynamoInvitations.add again": (_invite_again, (*INVITED, T.INVITATION_RENEWED)),
    "DynamoInvitations.revoke": (_revoke_invitation, (*INVITED, T.INVITATION_REVOKED)),
    "DynamoInvitations.join": (lambda world: world.people.colleague(world.ada, Role.VIEWER), JOINED),
    "DynamoInvitations.join_known": (_join_known, JOINED),
    "DynamoInvitations.join_known by mail": (_join_by_mail, (*JOINED, T.EMAIL_VERIFIED)),
    "DynamoVerifications.verify": (_verify, (T.EMAIL_VERIFIED,)),
    "DynamoMembers.change": (_change_member, (*JOINED, T.USER_UPDATED)),
    "DynamoMembers.remove": (_remove_member, (*JOINED, T.USER_DELETED)),
    "DynamoOwnAccounts.rename": (lambda world: world.people.own.rename(world.ada, "Augusta"), (T.USER_UPDATED,)),
    "DynamoOwnAccounts.end_sessions": (
        lambda world: world.people.own.end_sessions(world.ada, LATER),
        (T.SESSIONS_ENDED,),
    ),
    "DynamoOwnAccounts.change_password": (lambda world: _password(world, forgotten=False), (T.PASSWORD_CHANGED,)),
    "DynamoOwnAccounts.reset_password": (
        lambda world: _password(world, forgotten=True),
        (T.PASSWORD_RESET, T.EMAIL_VERIFIED),
    ),
    "DynamoApiKeys.add": (World.key, (T.KEY_CREATED,)),
    "DynamoApiKeys.change": (_change_key, (T.KEY_CREATED, T.KEY_UPDATED)),
    "DynamoApiKeys.rotate": (_rotate_key, (T.KEY_CREATED, T.KEY_ROTATED)),
    "DynamoApiKeys.remove": (_remove_key, (T.KEY_CREATED, T.KEY_REVOKED)),
    "DynamoServiceAccounts.add": (World.account, (T.SERVICE_ACCOUNT_CREATED,)),
    "DynamoServiceAccounts.change": (_change_account, (T.SERVICE_ACCOUNT_CREATED, T.SERVICE_ACCOUNT_UPDATED)),
    "DynamoServiceAccounts.remove": (_remove_account, (T.SERVICE_ACCOUNT_CREATED, T.SERVICE_ACCOUNT_DELETED)),
    "DynamoTrustedIssuers.add": (World.issuer, (T.TRUSTED_ISSUER_CREATED,)),
    "DynamoTrustedIssuers.change": (_change_issuer, (T.TRUSTED_ISSUER_CREATED, T.TRUSTED_ISSUER_UPDATED)),
    "DynamoTrustedIssuers.note_exchange": (_exchange, (T.TRUSTED_ISSUER_CREATED, T.TOKEN_EXCHANGED)),
    "DynamoTrustedIssuers.remove": (_remove_issuer, (T.TRUSTED_ISSUER_CREATED, T.TRUSTED_ISSUER_DELETED)),
    "DynamoWebhooks.add": (World.webhook, (W.CREATED,)),
    "DynamoWebhooks.change": (_change_webhook, (W.CREATED, W.UPDATED)),
    "DynamoWebhooks.disable": (_disable, (W.CREATED, W.DISABLED)),
    "DynamoWebhooks.remove": (_remove_webhook, (W.CREATED, W.DELETED)),
    "DynamoWebhooks.note_failing": (_fail, (W.CREATED,)),  # a note, as those below
    # Notes that change nothing for anybody: maas.domain.identity.events says why.
    "DynamoIdentities.renew": (_rehash, ()),
    "DynamoIdentities.rotate": (_refresh, (T.SIGNED_IN,)),
    "DynamoMailPauses.claim": (lambda world: world.people.pauses.claim(world.ada.email, "reset", NOW, NOW), ()),
}
# Methods that write no record of an organization: attempts are counters of addresses, the others are events themselves.
OTHERS = {"DynamoAttempts.count", "DynamoAttempts.remember", "DynamoObservations.append", "ShownKeys.accepted"}
READS = {
    "DynamoApiKeys": {"key", "listed"},
    "DynamoAttempts": {"read"},
    "DynamoIdentities": {"organization", "user", "credentials", "memberships", "session", "key", "trusted_issuer"},
    "DynamoInvitations": {"invitation", "page"},
    "DynamoMembers": {"page", "member"},
    "DynamoOwnAccounts": {"sessions"},
    "DynamoServiceAccounts": {"account", "page"},
    "DynamoTrustedIssuers": {"get", "page"},
    "DynamoWebhooks": {"webhook", "all_of"},
}
