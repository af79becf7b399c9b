"""Calls of the routes and RPCs as actors of the table, and what they left behind undone."""

import json
import re
from collections import UserDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from maas.adapters.oidc.id_tokens import SignedIdTokens
from maas.adapters.outbound.requests import HttpOutbound
from maas.adapters.signed_heads import SignedHeads
from maas.adapters.sketches.lazy import LazySketches
from maas.domain.identity.principals import Principal
from maas.domain.identity.quotas import Quotas
from maas.domain.ids import new_id
from maas.domain.inference.pins import Pin
from maas.domain.uploads.sessions import storage_key
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.api_keys import ApiKeyService
from maas.services.audit_reading import AuditReader
from maas.services.call_statistics import CallStatistics, KeptStatistics
from maas.services.captures import CaptureService
from maas.services.changelog import ChangelogService
from maas.services.diff import DiffService
from maas.services.disagreements import DisagreementService
from maas.services.downloads import DownloadService
from maas.services.feedback import FeedbackService
from maas.services.inference import InferenceService
from maas.services.invitations import InvitationService
from maas.services.joining import JoinService
from maas.services.members import MemberService
from maas.services.monitoring import MonitoringService
from maas.services.own_accounts import OwnAccountService
from maas.services.pinned import PinnedService
from maas.services.readiness import ReadinessService
from maas.services.request_limits import RequestLimits
from maas.services.service_accounts import ServiceAccountService
from maas.services.statistics import StatisticsService
from maas.services.steady_answers import SteadyAnswers
from maas.services.token_exchange import TokenExchangeService
from maas.services.trusted_issuers import TrustedIssuerService
from maas.services.usage import UsageService
from maas.services.warming import WarmingService
from maas.web.presenters.warming import sample_question
from maas.web.routes import open_inference, readiness
from maas.web.routes.aliases import aliases_routes
from maas.web.routes.api_keys import api_keys_routes
from maas.web.routes.audit import audit_routes
from maas.web.routes.auth import PUBLIC, auth_routes
from maas.web.routes.captures import captures_routes
from maas.web.routes.changelog import changelog_routes
from maas.web.routes.diff import diff_routes
from maas.web.routes.disagreements import disagreements_routes
from maas.web.routes.feedback import feedback_routes
from maas.web.routes.files import files_routes
from maas.web.routes.grants import grants_routes
from maas.web.routes.held_grants import held_grants_routes
from maas.web.routes.inference import inference_routes
from maas.web.routes.invitations import invitations_routes
from maas.web.routes.jobs import jobs_routes
from maas.web.routes.members import members_routes
from maas.web.routes.models import models_routes
from maas.web.routes.monitoring import monitoring_routes
from maas.web.routes.own_accounts import own_accounts_routes
from maas.web.routes.password_resets import password_resets_routes
from maas.web.routes.pinned import PUBLIC as PUBLIC_PINNED
from maas.web.routes.pinned import callers, pinned_routes
from maas.web.routes.reference import PUBLIC as REFERENCE
from maas.web.routes.reference import reference_routes
from maas.web.routes.rollouts import rollouts_routes
from maas.web.routes.service_accounts import service_accounts_routes
from maas.web.routes.statistics import statistics_routes
from maas.web.routes.token_exchange import token_exchange_routes
from maas.web.routes.trusted_issuers import trusted_issuers_routes
from maas.web.routes.uploads import uploads_routes
from maas.web.routes.usage import usage_routes
from maas.web.routes.verifications import verifications_routes
from maas.web.routes.versions import versions_routes
from maas.web.routes.warming import warming_routes
from maas.web.routes.webhooks import webhooks_routes
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.audit import FakeAuditIndex, FakeAuditObjects
from tests.fakes.captures import FakeCaptures, ObservedEvents
from tests.fakes.feedback import FakeFeedback
from tests.fakes.identity import FakePasswords
from tests.fakes.inference import FakeRuntime, larger_column
from tests.fakes.mail import FakeMailer
from tests.fakes.monitoring import BaselinedSketchStore
from tests.fakes.rollouts import unjudged
from tests.fakes.service_accounts import FakeServiceAccounts
from tests.fakes.shadowing import FakeSamples
from tests.fakes.trusted_issuers import FakeTrustedIssuers
from tests.integration.rights.table import OK, OPEN, Line
from tests.integration.rights.world import DIGEST, World
from tests.support.admission import admission_in_memory
from tests.support.http_gateway import Gateway
from tests.support.mail_services import invitation_mails, registration_service, reset_service, verification_service
from tests.support.registry_server import KEYS
from tests.support.webhook_stores import DELIVERY

# The auth function looks callers up by itself; in front of the others, the registry does.
_AUTH = re.compile(
    r"/(api/v1/(audit|auth|users|api-keys|service-accounts|trusted-issuers|webhooks)|\.well-known|healthz|openapi\.json|docs)(/|$)"
)

# What records are kept in, to restore them.
_RECORDS = (dict, UserDict, set, list)


@dataclass(frozen=True)
class Answer:
    """The answer in the words of the table, and its text without what differs between two requests."""

    outcome: str
    text: str


class LookedUp:
    """The registry's services as its server has them: each call's caller is looked up first."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._world.registry, name)

        async def call(by: Principal, *arguments: Any, **named: Any) -> Any:
            return await method(await self._world.current(by), *arguments, **named)

        return call


class Routes:
    """The routes of all functions."""

    def __init__(self, world: World) -> None:
        self._world, runtime = world, FakeRuntime(larger_column)
        registry: Any = LookedUp(world)
        predictions = InferenceService(registry, runtime)
        one_model = PinnedService(Pin(new_id(), "iris", "latest"), predictions, runtime)
        api = create_app(
            models_routes(registry),
            versions_routes(registry),
            aliases_routes(registry),
            rollouts_routes(registry, unjudged(registry)),
            grants_routes(registry),
            held_grants_routes(registry),
            diff_routes(DiffService(registry, world.graphs)),
            changelog_routes(ChangelogService(registry)),
            uploads_routes(world.uploads(registry), DownloadService(registry, world.objects)),
            files_routes(DownloadService(registry, world.objects)),
            jobs_routes(world.job_service(registry)),
            usage_routes(UsageService(registry, RequestLimits(Quotas(organization=0, user=0, api_key=0), None))),
            inference_routes(predictions),
            warming_routes(WarmingService(registry, runtime, predictions, sample_question)),
            open_inference.open_inference_routes(predictions, ReadinessService({})),
            pinned_routes(one_model),
            feedback_routes(FeedbackService(registry, FakeFeedback())),
            disagreements_routes(DisagreementService(registry, FakeSamples())),
            captures_routes(CaptureService(registry, FakeCaptures(), ObservedEvents(), world.cursors)),
            monitoring_routes(MonitoringService(registry, BaselinedSketchStore(), LazySketches())),
            statistics_routes(StatisticsService(registry, CallStatistics([]), KeptStatistics())),
            readiness.readiness_routes(ReadinessService({}, optional=frozenset())),
            title="models",
            public=readiness.PUBLIC | open_inference.PUBLIC | PUBLIC_PINNED,
            nameless=callers(one_model),
        )
        self._api, self._auth = lambda_handler(api), lambda_handler(_auth(world))

    def call(self, route: str, line: Line, actor: str, column: str, *, by_name: bool = False) -> Answer:
        method, path, *_ = route.split(" ")
        people = self._world.people
        known = {**variables(self._world, line, column), "$token": people.invitation_token(actor)}
        known["$robot"] = people.robot(actor)
        given = {name: known[f"${name.removesuffix('_id')}"] for name in re.findall(r"\{(\w+_id)\}", path)}
        if by_name:
            name = self._world.named(known["$model"], actor)
            given["model_id"], known["$name"] = escaped(name), name[:64]
        send = filled({**given, **line.send}, known)
        target = re.sub(r"\{(\w+)\}", lambda found: send[found[1]], path)
        if "query" in send:
            target += f"?{send['query']}"
        handler = self._auth if _AUTH.match(path) else self._api
        gateway = Gateway(handler, people.actors[actor])
        reply = gateway(method, target, send.get("body"), headers=send.get("headers"))
        if line.of == "public":
            outcome = OPEN if reply.status in (200, 400, 422) else str(reply.status)
        else:
            outcome = OK if 200 <= reply.status < 300 else str(reply.status)
        body = json.loads(reply.text) if reply.text.startswith("{") else reply.text
        if isinstance(body, dict):
            for name in ("request_id", "server_time"):
                body.pop(name, None)
        return Answer(outcome, masked(json.dumps(body), known))


def _auth(world: World) -> Any:
    people = world.people.store
    keys = FakeApiKeys(world.people.identities.keys)
    accounts = FakeServiceAccounts(world.people.identities.users)
    issuers = FakeTrustedIssuers(world.people.identities.issuers)
    joining = JoinService(people.invitations, people.identities, FakePasswords())
    return create_app(
        auth_routes(
            world.accounts,
            registration_service(world.accounts, people),
            joining,
            admission_in_memory(),
            world.tokens.public_keys,
        ),
        own_accounts_routes(
            OwnAccountService(people.own, people.identities, FakePasswords(), world.cursors),
            world.accounts,
            joining,
            admission_in_memory(),
        ),
        api_keys_routes(ApiKeyService(keys, people.identities, world.cursors)),
        service_accounts_routes(ServiceAccountService(accounts, keys, world.cursors)),
        trusted_issuers_routes(TrustedIssuerService(issuers, people.identities, world.cursors)),
        token_exchange_routes(_exchanges(world, issuers)),
        invitations_routes(
            InvitationService(people.invitations, people.members, invitation_mails(people.identities), world.cursors)
        ),
        webhooks_routes(world.people.hooks.service(world.cursors)),
        members_routes(MemberService(people.members, keys, world.cursors)),
        audit_routes(AuditReader(FakeAuditIndex(), FakeAuditObjects(), SignedHeads(KEYS), world.cursors)),
        password_resets_routes(reset_service(people, FakeMailer()), admission_in_memory()),
        verifications_routes(verification_service(people, FakeMailer()), admission_in_memory()),
        reference_routes(lambda: b"{}", lambda: (b"<p>", "default-src 'none'")),
        title="auth",
        public=PUBLIC | REFERENCE,
        current=world.accounts.current,
    )


def _exchanges(world: World, issuers: FakeTrustedIssuers) -> TokenExchangeService:
    no_keys = SignedIdTokens(HttpOutbound().send)
    identities, steady = world.people.identities, SteadyAnswers(0)
    return TokenExchangeService(issuers, identities, no_keys, world.tokens, admission_in_memory(), steady)


def variables(world: World, line: Line, column: str) -> Mapping[str, str]:
    """The values of $model and the other variables, for the object of a column."""
    found = {"$spare": world.spare, "$new": new_id(), "$digest": DIGEST, "$delivery": DELIVERY}
    found |= {f"${kind}": ids[column] for kind, ids in world.ids.items() if column in ids}
    guest = found.pop("$guest", "")
    found |= {"$model": guest} if line.of == "guest" else {}
    tenant = world.people.home if column == "own" else world.people.sharer.tenant_id
    return found | {"$file": storage_key(tenant, found.get("$model", ""), "1.3.0", found["$new"])}


def escaped(name: str) -> str:
    """A model's name in a path."""
    return quote(quote(name, safe=""), safe="")


def filled(values: Any, known: Mapping[str, str]) -> Any:
    """The values with variables replaced."""
    match values:
        case dict():
            return {name: filled(value, known) for name, value in values.items()}
        case list():
            return [filled(value, known) for value in values]
        case str():
            return known.get(values, values)
    return values


def masked(text: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(value, name)
    return text


@contextmanager
def undone(world: World) -> Iterator[None]:
    """Restores all records afterwards."""
    identities, invitations = world.people.identities, world.people.store.invitations
    stores = (world.people.hooks.webhooks, world.people.hooks.deliveries)
    holders = (world.repository, world.objects, world.graphs, identities, invitations, world.jobs, *stores)
    named = [(holder, name, value) for holder in holders for name, value in vars(holder).items()]
    kept = [(*each, copy(each[2]) if isinstance(each[2], _RECORDS) else each[2]) for each in named]
    try:
        yield
    finally:
        for holder, name, value, before in kept:
            if isinstance(value, dict | UserDict | set):
                value.clear()
                value.update(before)
            if isinstance(value, list):
                value[:] = before
            setattr(holder, name, value)
