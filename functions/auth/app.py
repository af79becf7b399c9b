"""Wiring of the auth function: accounts, tokens, public keys, and the document of the whole API."""

from maas.entrypoints.cold_start import ready

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter

from maas.adapters.access_tokens import SignedAccessTokens
from maas.adapters.aws.identity.accounts import DynamoIdentities
from maas.adapters.aws.identity.attempts import DynamoAttempts
from maas.adapters.aws.identity.invitations import DynamoInvitations
from maas.adapters.aws.identity.mail_pauses import DynamoMailPauses
from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.aws.identity.verifications import DynamoVerifications
from maas.adapters.mailers import mailer_of
from maas.adapters.passwords import Argon2Passwords
from maas.domain.identity.quotas import Quotas
from maas.domain.identity.registration import AdmissionRules, Registration
from maas.entrypoints.http import create_app, lambda_handler
from maas.entrypoints.keyed_requests import idempotency
from maas.entrypoints.observation_log import observation_log
from maas.entrypoints.route_groups import RouteGroup
from maas.platform.environment import AwsSettings, IdentitySettings, TokenSettings, read
from maas.platform.settings.admission import AdmissionSettings
from maas.platform.settings.events import AuditSettings
from maas.platform.settings.requests import RequestSettings
from maas.platform.settings.webhooks import DeliverySettings, MailSettings, OutboundSettings
from maas.security.cursors import Cursors
from maas.security.keyring import TokenKeys
from maas.security.sealed_answers import WEBHOOK_SECRETS, AnswerSealer
from maas.security.secret_values import SecretReader
from maas.security.signed_texts import SignedTexts
from maas.services.accounts import AccountService
from maas.services.admission import Admission
from maas.services.idempotency import allowed_in_tenant
from maas.services.joining import JoinService
from maas.services.observations import Observations
from maas.services.registrations import RegistrationService
from maas.services.request_limits import RequestLimits
from maas.services.steady_answers import SteadyAnswers
from maas.services.verifications import VerificationService
from maas.web.routes.auth import PUBLIC, auth_routes
from maas.web.routes.reference import PUBLIC as REFERENCE

if TYPE_CHECKING:
    from maas.adapters.aws.identity.keys import DynamoApiKeys
    from maas.adapters.aws.identity.own_accounts import DynamoOwnAccounts

settings, endpoint = read(IdentitySettings), read(AwsSettings).endpoint
table = IdentityTable(settings.table, settings.endpoint)
secrets = SecretReader(endpoint)
token_keys = TokenKeys.of(read(TokenSettings).secret, secrets)
tokens, cursors = SignedAccessTokens(token_keys), Cursors(token_keys, rereads=True)
identities, invitations, passwords = DynamoIdentities(table), DynamoInvitations(table), Argon2Passwords()
observations = Observations(observation_log())
accounts = AccountService(identities, passwords, tokens, failed=observations.sign_in_failed)
joining = JoinService(invitations, identities, passwords, failed=observations.sign_in_failed)
mailer = mailer_of(read(MailSettings), endpoint)
pauses, steady = DynamoMailPauses(table), SteadyAnswers()
admitted = read(AdmissionSettings)
rules = AdmissionRules(Registration(admitted.registration), admitted.failures, admitted.registrations)
admission = Admission(DynamoAttempts(table), rules, limited=observations.sign_in_limited)
verifications = VerificationService(
    identities,
    DynamoVerifications(table),
    passwords,
    mailer,
    SignedTexts(token_keys, "maas e-mail address", rereads=True),
    pauses,
    steady,
    rules.registration,
    failed=observations.sign_in_failed,
)
registrations = RegistrationService(accounts, verifications, rules.registration)
audited, deliveries = read(AuditSettings), read(DeliverySettings)
loopback = read(OutboundSettings).loopback == "on"


@cache
def keys() -> "DynamoApiKeys":
    from maas.adapters.aws.identity.keys import DynamoApiKeys

    return DynamoApiKeys(table)


@cache
def own_store() -> "DynamoOwnAccounts":
    from maas.adapters.aws.identity.own_accounts import DynamoOwnAccounts

    return DynamoOwnAccounts(table)


def users() -> Sequence[APIRouter]:
    """The paths that are not ids come before those that are."""
    from maas.adapters.aws.identity.members import DynamoMembers
    from maas.services.invitation_mails import InvitationMails
    from maas.services.invitations import InvitationService
    from maas.services.members import MemberService
    from maas.services.own_accounts import OwnAccountService
    from maas.web.routes.invitations import invitations_routes
    from maas.web.routes.members import members_routes
    from maas.web.routes.own_accounts import own_accounts_routes

    members = DynamoMembers(table)
    own = OwnAccountService(own_store(), identities, passwords, cursors, failed=observations.sign_in_failed)
    inviting = InvitationService(invitations, members, InvitationMails(mailer, identities, admission), cursors)
    return (
        own_accounts_routes(own, accounts, joining, admission),
        invitations_routes(inviting),
        members_routes(MemberService(members, keys(), cursors)),
    )


def mailed() -> Sequence[APIRouter]:
    """Routes of what a message to an address proves: new passwords, and the address itself."""
    from maas.services.password_resets import PasswordResetService
    from maas.web.routes.password_resets import password_resets_routes
    from maas.web.routes.verifications import verifications_routes

    signed = SignedTexts(token_keys, "maas password reset", rereads=True)
    resets = PasswordResetService(identities, own_store(), keys(), passwords, mailer, signed, pauses, steady)
    return password_resets_routes(resets, admission), verifications_routes(verifications, admission)


def programs() -> Sequence[APIRouter]:
    """API keys and service accounts."""
    from maas.adapters.aws.identity.service_accounts import DynamoServiceAccounts
    from maas.services.api_keys import ApiKeyService
    from maas.services.service_accounts import ServiceAccountService
    from maas.web.routes.api_keys import api_keys_routes
    from maas.web.routes.service_accounts import service_accounts_routes

    service_accounts = ServiceAccountService(DynamoServiceAccounts(table), keys(), cursors)
    return api_keys_routes(ApiKeyService(keys(), identities, cursors)), service_accounts_routes(service_accounts)


def other_issuers() -> Sequence[APIRouter]:
    """Trusted issuers, and the exchange of their tokens."""
    from maas.adapters.aws.identity.trusted_issuers import DynamoTrustedIssuers
    from maas.adapters.oidc.id_tokens import SignedIdTokens
    from maas.adapters.outbound.requests import HttpOutbound
    from maas.services.token_exchange import REFUSAL_TIME, TokenExchangeService
    from maas.services.trusted_issuers import TrustedIssuerService
    from maas.web.routes.token_exchange import token_exchange_routes
    from maas.web.routes.trusted_issuers import trusted_issuers_routes

    issuers = DynamoTrustedIssuers(table)
    exchanges = TokenExchangeService(
        issuers,
        identities,
        SignedIdTokens(HttpOutbound(loopback=loopback).send),
        tokens,
        admission,
        SteadyAnswers(REFUSAL_TIME),
        observe=observations.token_not_trusted,
    )
    trusted = TrustedIssuerService(issuers, identities, cursors, loopback=loopback)
    return trusted_issuers_routes(trusted), token_exchange_routes(exchanges)


def audit() -> Sequence[APIRouter]:
    from maas.adapters.aws.audit.index import DynamoAuditIndex
    from maas.adapters.aws.audit.objects import S3AuditObjects
    from maas.adapters.signed_heads import SignedHeads
    from maas.services.audit_reading import AuditReader
    from maas.web.routes.audit import audit_routes

    index = DynamoAuditIndex(audited.table, audited.endpoint)
    objects = S3AuditObjects(audited.bucket, audited.s3_endpoint, audited.public_endpoint)
    return (audit_routes(AuditReader(index, objects, SignedHeads(token_keys), cursors)),)


def webhooks() -> Sequence[APIRouter]:
    from maas.adapters.aws.identity.webhooks import DynamoWebhooks
    from maas.adapters.aws.webhooks.deliveries import DynamoDeliveries
    from maas.adapters.aws.webhooks.queue import SqsDeliveryQueue
    from maas.adapters.aws.webhooks.tables import delivery_table
    from maas.services.webhooks import WebhookService
    from maas.web.routes.webhooks import webhooks_routes

    service = WebhookService(
        DynamoWebhooks(table),
        DynamoDeliveries(delivery_table(deliveries.table, deliveries.endpoint)),
        SqsDeliveryQueue(deliveries.queue, endpoint),
        AnswerSealer(TokenKeys.of(deliveries.secret, secrets), WEBHOOK_SECRETS),
        cursors,
        loopback=loopback,
    )
    return (webhooks_routes(service),)


def reference() -> Sequence[APIRouter]:
    from maas.adapters.swagger_ui import page
    from maas.web.routes.reference import reference_routes

    return (reference_routes(Path(__file__).with_name("openapi.json").read_bytes, page),)


app = create_app(
    auth_routes(accounts, registrations, joining, admission, tokens.public_keys),
    groups=(
        RouteGroup(("/api/v1/users",), users),
        RouteGroup(("/api/v1/auth/password", "/api/v1/auth/email"), mailed),
        RouteGroup(("/api/v1/api-keys", "/api/v1/service-accounts"), programs),
        RouteGroup(("/api/v1/trusted-issuers", "/api/v1/auth/token"), other_issuers),
        RouteGroup(("/api/v1/audit",), audit),
        RouteGroup(("/api/v1/webhooks",), webhooks),
        RouteGroup(tuple(REFERENCE), reference),
    ),
    title="MaaS auth",
    public=PUBLIC | REFERENCE,
    current=accounts.current,
    observations=observations,
    idempotency=idempotency(token_keys, allowed_in_tenant),
    limits=RequestLimits(Quotas(**asdict(read(RequestSettings))), None),  # outside of the VPC, where the cache is
)
handler = ready(lambda_handler(app))
