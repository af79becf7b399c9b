"""Writes docs/schemas/*.json and the parts of docs/events.md between marks: schemas and examples of the events.

Run it as `PYTHONPATH=.:layers/shared/python python tools/event_docs.py`. A test compares the files with its output.
"""

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from functions.registry.events import Event, events_of
from functions.registry.ports import Change
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.catalog.aliases import AliasMove, MoveKind
from maas.domain.catalog.models import Framework, ModelStatus
from maas.domain.catalog.versions import Artifact, Signature, VersionState
from maas.domain.identity.grants import ModelGrant, SubjectKind
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.identity.principals import Role
from maas.domain.rollouts.guards import DEFAULT_GUARDS
from maas.domain.rollouts.plans import Plan, Step
from maas.domain.rollouts.rollouts import BUDGET, Rollout, RolloutState
from maas.domain.rollouts.sticky import StickyBy, StickyKind
from maas.domain.rollouts.tolerances import DEFAULT_TOLERANCE
from maas.domain.uploads.sessions import MIB, Upload, UploadState
from tools import identity_story
from tools.event_fields import IdentityBody
from tools.event_schemas import (
    AliasMoveSummary,
    AnyEvent,
    EventBody,
    GrantSummary,
    ModelSummary,
    UploadSummary,
    VersionSummary,
)
from tools.generated_parts import rendered
from tools.identity_event_schemas import (
    AnyIdentityEvent,
    InvitationSummary,
    KeySummary,
    OrganizationSummary,
    ServiceAccountSummary,
    SessionSummary,
    UserSummary,
)
from tools.identity_story import ADA, BY, TIME
from tools.issuer_event_schemas import ExchangeSummary, TrustedIssuerSummary
from tools.job_event_schemas import JobEnded, JobSummary
from tools.monitoring_event_schemas import DriftEnded, DriftFound, DriftSummary
from tools.observation_schemas import AnyObservation
from tools.webhook_event_schemas import WebhookSummary

DOCS = Path(__file__).resolve().parents[1] / "docs"
FOLDER = DOCS / "schemas"
DOCUMENT = DOCS / "events.md"
REGISTRY, IDENTITY, ACCESS = map(get_args, (AnyEvent, AnyIdentityEvent, AnyObservation))
JOBS = (JobEnded,)
MONITORING = (DriftFound, DriftEnded)
KINDS: Mapping[str, type[BaseModel]] = {
    kind.__name__: kind for kind in (*REGISTRY, *IDENTITY, *ACCESS, *JOBS, *MONITORING)
}
MODEL = StoredModel(
    id="01939e4c-7d2a-7d00-8000-000000000001",
    tenant_id=ADA.tenant_id,
    owner_id=ADA.id,
    name="Iris",
    framework=Framework.ONNX,
    status=ModelStatus.PENDING,
    tags=("demo",),
    created_at=TIME,
    updated_at=TIME,
)
DRAFT = StoredVersion(
    model_id=MODEL.id,
    tenant_id=ADA.tenant_id,
    version="1.0.0",
    state=VersionState.DRAFT,
    created_by=ADA.id,
    created_at=TIME,
    updated_at=TIME,
)
UPLOAD = Upload(
    id="01939e4c-7d2a-7e00-8000-000000000002",
    model_id=MODEL.id,
    tenant_id=ADA.tenant_id,
    version="1.0.0",
    filename="iris.onnx",
    size=2048,
    part_size=8 * MIB,
    storage_key="",
    storage_upload_id="",
    state=UploadState.OPEN,
    created_by=ADA.id,
    created_at=TIME,
    expires_at=TIME,
)
FILE = Artifact(storage_key="", size=2048, sha256="ab" * 32, signature=Signature((), ()))
DIGEST = "sha256:" + "cd" * 32
READY = replace(DRAFT, state=VersionState.READY, artifact=FILE, digest=DIGEST, file_count=1, revision=4)
PUBLISHED = replace(READY, state=VersionState.PUBLISHED, published_at=TIME, revision=5)
SERVING = replace(MODEL, status=ModelStatus.READY, latest_version="1.0.0", revision=3)
SECOND, AGAIN = replace(DRAFT, version="1.1.0"), replace(UPLOAD, version="1.1.0")
MOVE = AliasMove(
    model_id=MODEL.id,
    tenant_id=ADA.tenant_id,
    alias="production",
    kind=MoveKind.CREATE,
    from_version="",
    to_version="1.0.0",
    reason="first release",
    moved_by=ADA.id,
    at=TIME,
    revision=4,
)
BEGUN = replace(
    MOVE,
    kind=MoveKind.ROLLOUT,
    from_version="1.0.0",
    reason="",
    revision=5,
    rollout=Rollout(
        id="01939e4c-7d2a-7d01-8000-000000000009",
        live="1.0.0",
        candidate="1.1.0",
        plan=Plan.CANARY,
        steps=(Step(5.0, 600), Step(100.0, 600)),
        sticky_by=StickyBy(StickyKind.CALLER),
        guards=DEFAULT_GUARDS,
        budget=BUDGET,
        state=RolloutState.RUNNING,
        step=0,
        since=TIME,
        start_at=None,
        tolerance=DEFAULT_TOLERANCE,
        publishes=False,
        reason="",
        force="",
        created_by=ADA.id,
        created_at=TIME,
        revision=5,
    ),
)
SHARED = ModelGrant(
    model_id=MODEL.id,
    tenant_id=ADA.tenant_id,
    subject="01939e4c-7d2a-7c22-8f11-6b7a8d1b4c66",
    kind=SubjectKind.USER,
    role=Role.VIEWER,
    granted_by=ADA.id,
    granted_at=TIME,
)
# One change of each type, in the order of a model's life.
STORY = (
    Change(None, MODEL),
    Change(None, DRAFT),
    Change(None, UPLOAD),
    Change(UPLOAD, replace(UPLOAD, state=UploadState.COMPLETED, sha256=FILE.sha256)),
    Change(READY, PUBLISHED),
    Change(replace(SERVING, status=ModelStatus.PENDING, latest_version="", revision=2), SERVING),
    Change(None, MOVE),
    Change(None, BEGUN),
    Change(PUBLISHED, replace(PUBLISHED, changelog="Better words", revision=6)),
    Change(AGAIN, replace(AGAIN, state=UploadState.ABORTED)),
    Change(SECOND, None),
    Change(None, SHARED),
    Change(SHARED, replace(SHARED, role=Role.DEVELOPER)),
    Change(replace(SHARED, role=Role.DEVELOPER), None),
    Change(SERVING, None),
)


def examples() -> dict[str, dict[str, Any]]:
    """The events that the product makes of the stories, by type. Ids and times are fixed."""
    found = [{"sequence": place, **_fixed(place, event)} for place, event in enumerate(events_of(STORY, BY), 1)]
    others = [_fixed(place, event) for place, event in enumerate(identity_story.EVENTS, len(found) + 1)]
    return {example["type"]: example for example in (*found, *others)}


def _fixed(place: int, event: Event | IdentityEvent) -> dict[str, Any]:
    time = TIME + timedelta(minutes=place, microseconds=123456)
    fixed = replace(event, id=f"01939e4c-7d2a-7a00-8000-{place:012d}", time=time)
    fields: dict[str, Any] = json.loads(json.dumps(asdict(fixed), default=datetime.isoformat))
    return fields


def schemas() -> dict[str, str]:
    """The text of each schema file by its name."""
    made = examples()
    return {
        f"{name}.json": json.dumps(
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                **kind.model_json_schema(),
                "examples": [made[name]],
            },
            indent=2,
        )
        + "\n"
        for name, kind in KINDS.items()
    }


def fields_table(kind: type[BaseModel]) -> str:
    whole = kind.model_json_schema()
    properties = {name: _resolved(schema, whole) for name, schema in whole["properties"].items()}
    rows = [f"| `{name}` | {_kind(schema)} | {_meaning(schema)} |" for name, schema in properties.items()]
    return "\n".join(["| field | is | means |", "| --- | --- | --- |", *rows])


def _resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    words: list[str] = whole["$defs"][schema["$ref"].rpartition("/")[2]]["enum"]
    return {"type": "string", "description": f"One of {', '.join(words)}."}


def _meaning(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description", ""))


def _kind(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if "$ref" in schema:
        return "object" if schema["$ref"].endswith("Summary") else "string"
    if "items" in schema:
        return f"list of {_kind(schema['items'])}s"
    return str(schema.get("format", schema["type"]))


def types_section(kinds: Sequence[type[BaseModel]]) -> str:
    made = examples()
    return "\n\n".join(
        f"### {(name := kind.__name__)}\n\n{_paragraph(kind)}\n\n[Schema](schemas/{name}.json)\n\n"
        f"```json\n{_lines(made[name])}\n```"
        for kind in kinds
    )


def _paragraph(kind: type[BaseModel]) -> str:
    """The docstring as one paragraph of lines of at most 120 characters."""
    return textwrap.fill(" ".join((kind.__doc__ or "").split()), 120)


def _lines(example: Mapping[str, Any]) -> str:
    """The example as JSON with one line per member."""
    return "{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in example.items()) + "\n}"


PARTS = {
    "event": lambda: fields_table(EventBody),
    "model": lambda: fields_table(ModelSummary),
    "version": lambda: fields_table(VersionSummary),
    "alias": lambda: fields_table(AliasMoveSummary),
    "upload": lambda: fields_table(UploadSummary),
    "grant": lambda: fields_table(GrantSummary),
    "types": lambda: types_section(REGISTRY),
    "organization": lambda: fields_table(OrganizationSummary),
    "user": lambda: fields_table(UserSummary),
    "service_account": lambda: fields_table(ServiceAccountSummary),
    "session": lambda: fields_table(SessionSummary),
    "invitation": lambda: fields_table(InvitationSummary),
    "key": lambda: fields_table(KeySummary),
    "issuer": lambda: fields_table(TrustedIssuerSummary),
    "exchange": lambda: fields_table(ExchangeSummary),
    "webhook": lambda: fields_table(WebhookSummary),
    "identity_event": lambda: fields_table(IdentityBody),
    "identity_types": lambda: types_section(IDENTITY),
    "access_types": lambda: types_section(ACCESS),
    "job": lambda: fields_table(JobSummary),
    "job_types": lambda: types_section(JOBS),
    "drift": lambda: fields_table(DriftSummary),
    "drift_types": lambda: types_section(MONITORING),
}


if __name__ == "__main__":
    for name, schema in schemas().items():
        (FOLDER / name).write_text(schema)
    DOCUMENT.write_text(rendered(DOCUMENT.read_text(), PARTS))
