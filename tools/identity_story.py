"""One event of each type of identity, access and jobs, made by the functions that the product calls."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from maas.domain.identity.accounts import Client, MemberKind, Organization, Session, User
from maas.domain.identity.actors import Actor
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.events import IdentityEventType, Record, event_of
from maas.domain.identity.exchanges import token_exchanged
from maas.domain.identity.id_tokens import IdToken
from maas.domain.identity.identity_event import IdentityEvent, event_about
from maas.domain.identity.invitations import Invitation
from maas.domain.identity.observations import (
    ANONYMOUS,
    access_refused,
    captures_read,
    key_used_from_new_network,
    sign_in_failed,
    token_not_trusted,
)
from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.domain.jobs.events import job_ended
from maas.domain.jobs.jobs import Job, JobState, Priority
from maas.domain.monitoring.baselines import BaselineKind
from maas.domain.monitoring.drift import ColumnDrift, Comparison, Drift, Side
from maas.domain.monitoring.events import drift_ended, drift_found
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.windows import Window
from maas.domain.webhooks.events import webhook_event
from maas.domain.webhooks.subscriptions import DisabledReason, Webhook

TIME = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TENANT, ADA_ID = "01939e4c-7d2a-7b02-8a41-90c2f3d4e5f6", "01939e4c-7d2a-7c11-9f3e-2f6a8d1b4c55"
SECRET = "SECRET"  # noqa: S105 - tests look for it in every event
BY = Actor(
    ADA_ID,
    "session/01939e4c-7d2a-7f00-8000-000000000003",
    "203.0.113.7",
    "01939e4c-7d2a-7f00-8000-000000000004",
)
STRANGER = replace(BY, subject=ANONYMOUS, credential="")
ORGANIZATION = Organization(id=TENANT, name="Analytical Engines", created_at=TIME)
ADA = User(
    id=ADA_ID,
    tenant_id=TENANT,
    email="ada@example.com",
    name="Ada",
    roles=frozenset({Role.ADMIN}),
    created_at=TIME,
    password_id=SECRET,
    email_verified=True,
)
GRACE = replace(ADA, id="01939e4c-7d2a-7c22-8f11-6b7a8d1b4c66", email="grace@example.com", name="Grace")
VIEWER = replace(GRACE, roles=frozenset({Role.VIEWER}))
SESSION = Session(
    id="01939e4c-7d2a-7f00-8000-000000000003",
    tenant_id=TENANT,
    user_id=ADA.id,
    scopes=frozenset({Scope.MODELS_READ}),
    expires_at=TIME + timedelta(days=30),
    digest=SECRET,
    family=SECRET,
    password_id=SECRET,
    started_at=TIME,
    client=Client("203.0.113.7", "curl/8.9.1"),
)
INVITATION = Invitation(
    id="01939e4c-7d2a-7f00-8000-000000000005",
    tenant_id=TENANT,
    email=GRACE.email,
    roles=VIEWER.roles,
    digest=SECRET,
    invited_by=ADA.id,
    created_at=TIME,
    expires_at=TIME + timedelta(hours=72),
)
BOT = replace(
    ADA,
    id="01939e4c-7d2a-7c33-8f11-6b7a8d1b4c77",
    email="",
    name="ci",
    roles=frozenset({Role.INVOKER}),
    kind=MemberKind.SERVICE,
)
KEY = ApiKey(
    id="0123456789ABCDEF",
    tenant_id=TENANT,
    user_id=BOT.id,
    name="nightly",
    scopes=frozenset({Scope.INFERENCE_INVOKE}),
    digest=SECRET,
    previous_digest=SECRET,
    created_by=ADA.id,
    created_at=TIME,
    expires_at=TIME + timedelta(days=90),
    models={"01939e4c-7d2a-7d00-8000-000000000001": "^1"},
    networks=("203.0.113.0/24",),
)
ISSUER = TrustedIssuer(
    id="01939e4c-7d2a-7c55-8000-000000000008",
    tenant_id=TENANT,
    name="release",
    issuer="https://token.actions.githubusercontent.com",
    audience=f"maas:{TENANT}",
    conditions={"sub": ("repo:acme/app:environment:production",), "repository_owner_id": ("65",)},
    service_account_id=BOT.id,
    scopes=frozenset({Scope.MODELS_READ}),
    created_by=ADA.id,
    created_at=TIME,
)
ID_TOKEN = IdToken(
    text=SECRET,
    algorithm="RS256",
    key_id="1",
    issuer=ISSUER.issuer,
    subject="repo:acme/app:environment:production",
    audience=ISSUER.audience,
    claims={"sub": "repo:acme/app:environment:production", "repository_owner_id": "65", "jti": SECRET},
)
WEBHOOK = Webhook(
    id="01939e4c-7d2a-7c88-8000-00000000000b",
    tenant_id=TENANT,
    url=f"https://hooks.example.com/{SECRET}",
    events=("VersionStateChanged",),
    description="CI",
    sealed=SECRET.encode(),
    created_by=ADA.id,
    created_at=TIME,
)
JOB = Job(
    id="01939e4c-7d2a-7c99-8000-00000000000c",
    by=Principal(ADA.id, TENANT, frozenset(), frozenset()),
    address=BY.address,
    model_id="01939e4c-7d2a-7d00-8000-000000000001",
    version="1.0.0",
    priority=Priority.NORMAL,
    timeout=240,
    created_at=TIME,
    ends_before=TIME,
    state=JobState.RUNNING,
    started_at=TIME,
    done=1,
    total=1,
    rows=1,
)
# One change of each type that follows from the records.
CHANGES: Sequence[tuple[Record | None, Record | None]] = (
    (None, ORGANIZATION),
    (None, ADA),
    (GRACE, VIEWER),
    (VIEWER, None),
    (None, SESSION),
    (SESSION, None),
    (None, INVITATION),
    (INVITATION, replace(INVITATION, digest=f"another {SECRET}")),
    (INVITATION, None),
    (None, KEY),
    (KEY, replace(KEY, networks=("203.0.113.0/24", "198.51.100.0/24"))),
    (KEY, replace(KEY, digest=f"another {SECRET}", previous_until=TIME)),
    (KEY, None),
    (None, BOT),
    (BOT, replace(BOT, disabled=True)),
    (BOT, None),
    (None, ISSUER),
    (ISSUER, replace(ISSUER, disabled=True)),
    (ISSUER, None),
)
WEBHOOK_CHANGES: Sequence[tuple[Webhook | None, Webhook | None]] = (
    (None, WEBHOOK),
    (WEBHOOK, replace(WEBHOOK, events=())),
    (WEBHOOK, WEBHOOK.rotated(f"another {SECRET}".encode(), TIME)),
    (WEBHOOK, replace(WEBHOOK, disabled=DisabledReason.FAILING)),
    (WEBHOOK, None),
)
_USER = f"user/{ADA.id}"
PLACE = Place(TENANT, "01939e4c-7d2a-7d00-8000-000000000001", "1.0.0")
_SHIFTED = ColumnDrift(
    name="petal_length",
    side=Side.INPUT,
    test=Comparison.KOLMOGOROV_SMIRNOV,
    statistic=0.2713,
    p_value=1.1e-12,
    adjusted=4.4e-12,
    index=0.3821,
)
_START = int(TIME.timestamp())
DRIFTING = DriftReport(
    version="1.0.0",
    window=Window(_START - 3600, _START),
    made_at=TIME,
    rows=500,
    baseline=BaselineKind.GIVEN,
    baseline_version="1.0.0",
    baseline_rows=1000,
    drift=Drift(500, 1000, (_SHIFTED,)),
)
_JOB = replace(BY, subject=BOT.id, credential=f"issuer/{ISSUER.id}")
EVENTS: Sequence[IdentityEvent] = (
    *(event_of(before, after, BY, TIME) for before, after in CHANGES),
    event_of(SESSION, None, BY, TIME, IdentityEventType.REFRESH_TOKEN_REUSED),
    event_of(INVITATION, None, replace(BY, subject=GRACE.id), TIME, IdentityEventType.INVITATION_ACCEPTED),
    event_about(IdentityEventType.PASSWORD_CHANGED, TENANT, _USER, BY, TIME, changed=("password",)),
    event_about(IdentityEventType.PASSWORD_RESET, TENANT, _USER, BY, TIME, changed=("password",)),
    event_about(IdentityEventType.EMAIL_VERIFIED, TENANT, _USER, BY, TIME, changed=("email_verified",)),
    event_about(IdentityEventType.SESSIONS_ENDED, TENANT, _USER, BY, TIME, changed=("sessions",)),
    token_exchanged(ISSUER, ID_TOKEN, ISSUER.scopes, _JOB, TIME),
    token_not_trusted(TENANT, ISSUER.id, ID_TOKEN.subject, "conditions are not met: ref", STRANGER, TIME),
    sign_in_failed(TENANT, ADA.id, STRANGER, TIME),
    access_refused(
        TENANT,
        "model/01939e4c-7d2a-7d00-8000-000000000001",
        "DELETE /api/v1/models/{model_id}",
        "the caller has no right to models:delete on this model",
        replace(BY, subject=VIEWER.id),
        TIME,
    ),
    key_used_from_new_network(
        TENANT,
        KEY.id,
        "203.0.113.0/24",
        "198.51.100.0/24",
        replace(BY, subject=BOT.id, credential=f"key/{KEY.id}", address="198.51.100.9"),
        TIME,
    ),
    captures_read(
        TENANT,
        "01939e4c-7d2a-7d00-8000-000000000001",
        2,
        ("01939e50-0000-7d00-8000-000000000001.7d.ndjson.gz", "01939e50-7530-7d00-8000-000000000002.7d.ndjson.gz"),
        BY,
        TIME,
    ),
    *(webhook_event(before, after, BY, TIME) for before, after in WEBHOOK_CHANGES),
    job_ended(JOB, JOB.ended(JobState.SUCCEEDED, TIME), BY, TIME),
    drift_found(PLACE, DRIFTING),
    drift_ended(PLACE, replace(DRIFTING, drift=Drift(500, 1000, ()))),
)
