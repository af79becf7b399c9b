"""Wiring of the auth function: accounts, tokens, public keys, and the document of the whole API."""

from maas.entrypoints.cold_start import ready

from dataclasses import asdict
from pathlib import Path

from maas.adapters.access_tokens import SignedAccessTokens
from maas.adapters.aws.audit.index import DynamoAuditIndex
from maas.adapters.aws.audit.objects import S3AuditObjects
from maas.adapters.aws.identity.accounts import DynamoIdentities
from maas.adapters.aws.identity.attempts import DynamoAttempts
from maas.adapters.aws.identity.invitations import DynamoInvitations
from maas.adapters.aws.identity.keys import DynamoApiKeys
from maas.adapters.aws.identity.mail_pauses import DynamoMailPauses
from maas.adapters.aws.identity.members import DynamoMembers
from maas.adapters.aws.identity.observation_log import DynamoObservations
from maas.adapters.aws.identity.own_accounts import DynamoOwnAccounts
from maas.adapters.aws.identity.service_accounts import DynamoServiceAccounts
from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.aws.identity.trusted_issuers import DynamoTrustedIssuers
from maas.adapters.aws.identity.verifications import DynamoVerifications
from maas.adapters.aws.identity.webhooks import DynamoWebhooks
from maas.adapters.aws.key_records import DynamoKeyRecords
from maas.adapters.aws.webhooks.calls import DeliveryTable
from maas.adapters.aws.webhooks.deliveries import DynamoDeliveries
from maas.adapters.aws.webhooks.queue import SqsDeliveryQueue
from maas.adapters.mailers import mailer_of
from maas.adapters.oidc.id_tokens import SignedIdTokens
from maas.adapters.outbound.requests import HttpOutbound
from maas.adapters.passwords import Argon2Passwords
from maas.adapters.signed_heads import SignedHeads
from maas.adapters.swagger_ui import page
from maas.domain.identity.quotas import Quotas
from maas.domain.identity.registration import AdmissionRules, Registration
from maas.entrypoints.http import create_app, lambda_handler
from maas.platform.settings import (
    AdmissionSettings,
    AuditSettings,
    AwsSettings,
    DeliverySettings,
    IdempotencySettings,
    IdentitySettings,
    MailSettings,
    OutboundSettings,
    RequestSettings,
    TokenSettings,
    read,
)
from maas.security.cursors import Cursors
from maas.security.keyring import TokenKeys
from maas.security.sealed_answers import WEBHOOK_SECRETS, AnswerSealer
from maas.security.secret_values import SecretReader
from maas.security.signed_texts import SignedTexts
from maas.services.accounts import AccountService
from maas.services.admission import Admission
from maas.services.api_keys import ApiKeyService
from maas.services.audit_reading import AuditReader
from maas.services.idempotency import IdempotencyService, allowed_in_tenant
from maas.services.invitation_mails import InvitationMails
from maas.services.invitations import InvitationService
from maas.services.joining import JoinService
from maas.services.members import MemberService
from maas.services.observations import Observations
from maas.services.own_accounts import OwnAccountService
from maas.services.password_resets import PasswordResetService
from maas.services.registrations import RegistrationService
from maas.services.request_limits import RequestLimits
from maas.services.service_accounts import ServiceAccountService
from maas.services.steady_answers import SteadyAnswers
from maas.services.token_exchange import REFUSAL_TIME, TokenExchangeService
from maas.services.trusted_issuers import TrustedIssuerService
from maas.services.verifications import VerificationService
from maas.services.webhooks import WebhookService
from maas.web.idempotency import Idempotency
from maas.web.routes.api_keys import api_keys_routes
from maas.web.routes.audit import audit_routes
from maas.web.routes.auth import PUBLIC, auth_routes
from maas.web.routes.invitations import invitations_routes
from maas.web.routes.members import members_routes
from maas.web.routes.own_accounts import own_accounts_routes
from maas.web.routes.password_resets import password_resets_routes
from maas.web.routes.reference import PUBLIC as REFERENCE
from maas.web.routes.reference import reference_routes
from maas.web.routes.service_accounts import service_accounts_routes
from maas.web.routes.token_exchange import token_exchange_routes
from maas.web.routes.trusted_issuers import trusted_issuers_routes
from maas.web.routes.verifications import verifications_routes
from maas.web.routes.webhooks import webhooks_routes

settings, endpoint = read(IdentitySettings), read(AwsSettings).endpoint
table = IdentityTable(settings.table, settings.endpoint)
secrets = SecretReader(endpoint)
token_keys = TokenKeys.of(read(TokenSettings).secret, secrets)
tokens, cursors = SignedAccessTokens(token_keys), Cursors(token_keys, rereads=True)
identities, invitations, passwords = DynamoIdentities(table), DynamoInvitations(table), Argon2Passwords()
keys = DynamoApiKeys(table)
members = DynamoMembers(table)
own_store = DynamoOwnAccounts(table)
observations = Observations(DynamoObservations(settings.table, settings.endpoint))
accounts = AccountService(identities, passwords, tokens, failed=observations.sign_in_failed)
joining = JoinService(invitations, identities, passwords, failed=observations.sign_in_failed)
own = OwnAccountService(own_store, identities, passwords, cursors, failed=observations.sign_in_failed)
mailer = mailer_of(read(MailSettings), endpoint)
pauses, steady = DynamoMailPauses(table), SteadyAnswers()
resets = PasswordResetService(
    identities,
    own_store,
    keys,
    passwords,
    mailer,
    SignedTexts(token_keys, "maas password reset", rereads=True),
    pauses,
    steady,
)
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
inviting = InvitationService(invitations, members, InvitationMails(mailer, identities, admission), cursors)
key_settings = read(IdempotencySettings)
kept = IdempotencyService(DynamoKeyRecords(key_settings.table, key_settings.endpoint), AnswerSealer(token_keys))
issuers, loopback = DynamoTrustedIssuers(table), read(OutboundSettings).loopback == "on"
exchanges = TokenExchangeService(
    issuers,
    identities,
    SignedIdTokens(HttpOutbound(loopback=loopback).send),
    tokens,
    admission,
    SteadyAnswers(REFUSAL_TIME),
    observe=observations.token_not_trusted,
)
audited = read(AuditSettings)
audit = AuditReader(
    DynamoAuditIndex(audited.table, audited.endpoint),
    S3AuditObjects(audited.bucket, audited.s3_endpoint, audited.public_endpoint),
    SignedHeads(token_keys),
    cursors,
)
delivery_settings = read(DeliverySettings)
webhooks = WebhookService(
    DynamoWebhooks(table),
    DynamoDeliveries(DeliveryTable(delivery_settings.table, delivery_settings.endpoint)),
    SqsDeliveryQueue(delivery_settings.queue, endpoint),
    AnswerSealer(TokenKeys.of(delivery_settings.secret, secrets), WEBHOOK_SECRETS),
    cursors,
    loopback=loopback,
)
app = create_app(
    auth_routes(accounts, registrations, joining, admission, tokens.public_keys),
    own_accounts_routes(own, accounts, joining, admission),
    api_keys_routes(ApiKeyService(keys, identities, cursors)),
    trusted_issuers_routes(TrustedIssuerService(issuers, identities, cursors, loopback=loopback)),
    token_exchange_routes(exchanges),
    service_accounts_routes(ServiceAccountService(DynamoServiceAccounts(table), keys, cursors)),
    invitations_routes(inviting),
    password_resets_routes(resets, admission),
    verifications_routes(verifications, admission),
    webhooks_routes(webhooks),
    members_routes(MemberService(members, keys, cursors)),
    audit_routes(audit),
    reference_routes(Path(__file__).with_name("openapi.json").read_bytes, page),
    title="MaaS auth",
    public=PUBLIC | REFERENCE,
    current=accounts.current,
    observations=observations,
    idempotency=Idempotency(kept, allowed_in_tenant),
    limits=RequestLimits(Quotas(**asdict(read(RequestSettings))), None),  # outside of the VPC, where the cache is
)
handler = ready(lambda_handler(app))
