"""One record of each kind with every field set, and plain records with their required fields only."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.capturing.captures import Capture
from maas.domain.catalog.aliases import Alias, AliasMove, MoveKind
from maas.domain.catalog.models import Framework, Headline, Model, ModelStatus
from maas.domain.catalog.versions import Artifact, Version, VersionState
from maas.domain.identity.grants import ModelGrant, SubjectKind
from maas.domain.identity.principals import Role
from maas.domain.ids import new_id
from maas.domain.rollouts.guards import Guard, Metric
from maas.domain.rollouts.plans import Plan, Step
from maas.domain.rollouts.rollouts import Rollout, RolloutState
from maas.domain.rollouts.sticky import StickyBy, StickyKind
from maas.domain.rollouts.tolerances import Tolerance
from maas.domain.uploads.sessions import Upload, UploadFile, UploadState
from tests.support.registry_server import SHA256, SIGNATURE


def _values(record: Model | Version) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


AT = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
PLAIN_MODEL = Model(
    id=new_id(),
    tenant_id="acme",
    owner_id="ada",
    name="Iris",
    framework=Framework.ONNX,
    status=ModelStatus.READY,
    created_at=AT,
    updated_at=AT,
)
PLAIN_VERSION = Version(
    model_id=PLAIN_MODEL.id,
    tenant_id="acme",
    version="1.0.0",
    state=VersionState.PUBLISHED,
    created_by="ada",
    created_at=AT,
    updated_at=AT,
)
MODEL = replace(
    PLAIN_MODEL,
    name="Straße",
    revision=3,
    description="Flowers.",
    tags=("a", "b"),
    metadata={"k": ""},
    is_public=True,
    latest_version="1.0.0",
    default_ref="production",
)
ALIAS = Alias("production", "1.0.0", 3, AT)
HEADLINE = Headline(version="1.0.0", size=2**60, checksum=SHA256, storage_path="models/x")
STORED_MODEL = StoredModel(
    **_values(MODEL),
    headline=HEADLINE,
    aliases={ALIAS.name: ALIAS},
    deleted_revision=5,
    capture=Capture(percent=0.1, redact=("x[0]",), keep_days=30, outputs=True),
)
VERSION = replace(
    PLAIN_VERSION,
    version="1.0.0+b",
    revision=7,
    changelog="first",
    metadata={"score": 0.1, "deep": [{"x": None}]},
    artifact=Artifact(
        storage_key="k",
        size=1,
        sha256=SHA256,
        signature=SIGNATURE,
        object_version="v",
        warnings=("large", "slow"),
        format="safetensors",
        details={"tensor_count": 1},
    ),
    published_at=AT,
    deprecated_at=AT,
    parent="0.9.0",
    metrics={"auc": 0.1},
    model_card="# Iris",
    forced="nobody calls it",
    failure="an earlier file was refused",
    upload_id=new_id(),
    digest=f"sha256:{SHA256}",
    file_count=2,
    total_size=2**41,
)
STORED_VERSION = StoredVersion(**_values(VERSION), stored_bytes=2**40)
UPLOAD_FILE = UploadFile(
    path="weights/a.bin",
    size=2**40,
    sha256=SHA256,
    main=False,
    part_size=2**27,
    storage_key="k/0",
    storage_upload_id="u",
    checksums=True,
    object_version="v",
    format="text",
    details={"lines": 2},
)
UPLOAD = Upload(
    id=new_id(),
    model_id=MODEL.id,
    tenant_id="acme",
    version="1.0.0",
    filename="a.onnx",
    size=2**40,
    part_size=2**23,
    storage_key="k",
    storage_upload_id="u",
    checksums=True,
    replaces=new_id(),
    replaced_by=new_id(),
    sha256=SHA256,
    manifest_digest=f"sha256:{SHA256}",
    file_count=2,
    set_size=2**41,
    state=UploadState.OPEN,
    created_by="ada",
    created_at=AT,
    expires_at=AT,
)
GRANT = ModelGrant(
    model_id=MODEL.id,
    tenant_id="acme",
    subject=new_id(),
    kind=SubjectKind.USER,
    role=Role.INVOKER,
    granted_by="ada",
    granted_at=AT,
)
ROLLOUT = Rollout(
    id="0190a000-0000-7000-8000-00000000000a",
    live="0.9.0",
    candidate="1.0.0",
    plan=Plan.CANARY,
    steps=(Step(2.5, 60), Step(100, 600)),
    sticky_by=StickyBy(StickyKind.HEADER, "x-user"),
    guards=(Guard(metric=Metric.LATENCY, threshold=1.5, min_calls=20, quantile=0.95),),
    budget=50,
    state=RolloutState.RUNNING,
    step=1,
    since=AT,
    start_at=AT.replace(microsecond=0),
    tolerance=Tolerance(absolute=0.25, relative=0.1),
    publishes=True,
    reason="going well",
    force="agreed",
    created_by="ada",
    created_at=AT,
    revision=4,
)
MOVE = AliasMove(
    model_id=MODEL.id,
    tenant_id="acme",
    alias="production",
    kind=MoveKind.MOVE,
    from_version="0.9.0",
    to_version="1.0.0",
    reason="faster",
    moved_by="ada",
    at=AT,
    revision=3,
    back_to=AT.replace(microsecond=0),
    rollout=ROLLOUT,
)
