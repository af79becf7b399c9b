"""Answers about models, versions, aliases and grants."""

from typing import Any

from pydantic import Field

from maas_client.answers.base import Answer, Moment, Sha256, Size


class Model(Answer):
    """A model. `latest_version` is the highest published version that is not a prerelease."""

    id: str
    name: str
    description: str
    framework: str
    status: str
    tags: list[str]
    metadata: dict[str, str]
    is_public: bool
    owner_id: str
    tenant_id: str
    latest_version: str | None
    default_ref: str
    created_at: Moment
    updated_at: Moment
    revision: int


class Metadata(Answer):
    metadata: dict[str, str]


class Tensor(Answer):
    """An input or output of a model. `shape` has -1 for a free dimension."""

    name: str
    dtype: str
    shape: list[int]


class Signature(Answer):
    inputs: list[Tensor]
    outputs: list[Tensor]


class Version(Answer):
    """A version. `format`, `size`, `sha256`, `signature` and `details` are None until its file has been checked.

    `signature` is also None for formats that are kept and not served. `details` are the findings in the file; lists
    leave them out. `failure` is the reason of a refused file. `warnings` are sentences about what will surprise
    callers.
    """

    model_id: str
    version: str
    state: str
    failure: str | None
    parent: str | None
    changelog: str
    metadata: dict[str, Any]
    metrics: dict[str, float]
    model_card: str
    format: str | None
    size: Size | None
    sha256: Sha256 | None
    signature: Signature | None
    details: dict[str, Any] | None
    warnings: list[str]
    created_by: str | None
    created_at: Moment
    updated_at: Moment
    published_at: Moment | None
    deprecated_at: Moment | None
    forced: str | None
    digest: str | None
    file_count: int
    total_size: int
    revision: int


class Alias(Answer):
    """A name that points at a published version."""

    alias: str
    version: str
    moved_at: Moment
    revision: int


class Aliases(Answer):
    items: list[Alias]


class RolloutStep(Answer):
    """The candidate's share of the calls in percent, for at least `for_` seconds."""

    percent: float
    for_: int = Field(alias="for")


class RolloutGuard(Answer):
    """A bound on the candidate of a rollout."""

    metric: str
    threshold: float
    min_calls: int
    quantile: float


class RolloutTolerance(Answer):
    """Numbers of a shadow agree if they differ by at most `absolute`, or by the part `relative` of the larger one."""

    absolute: float
    relative: float


class Rollout(Answer):
    """The traffic of an alias between `live`, its version, and a candidate. `percent` is the candidate's share now."""

    id: str
    alias: str
    live: str
    candidate: str
    plan: str
    state: str
    percent: float
    step: int
    steps: list[RolloutStep]
    since: Moment
    sticky_by: str
    guards: list[RolloutGuard]
    budget: int
    tolerance: RolloutTolerance
    start_at: Moment | None
    publishes: bool
    reason: str | None
    force: str | None
    created_by: str
    created_at: Moment
    revision: int


class SeenSide(Answer):
    """One side of a rollout: its calls, what they came to, and the bounds of a confidence sequence of that."""

    calls: int
    value: float | None
    low: float | None
    high: float | None


class JudgedGuard(RolloutGuard):
    """What the judge last saw by a guard, which is breached once `e_value` reaches `limit`.

    `state` is gathering, holds or breached. Without an `e_value` the confidence sequences of both sides decide.
    """

    state: str
    live: SeenSide
    candidate: SeenSide
    e_value: float | None
    limit: float
    text: str


class Judgement(Answer):
    """The last look of the judge. `waits_for` is why the rollout stayed as it was, None if it did not.

    `seconds_left` are those of the step, None where no time counts.
    """

    at: Moment
    step: int
    result: str
    waits_for: str | None
    seconds_left: float | None
    reason: str
    guards: list[JudgedGuard]


class JudgedRollout(Rollout):
    """A rollout with what the judge last saw of it; None before its first look, and while that can't be read."""

    judgement: Judgement | None


class Disagreement(Answer):
    """A call whose answer by the candidate of a shadow is another one than live's, in one row of one output."""

    prediction_id: str
    at: Moment
    output: str
    kind: str
    row: int
    live: list[bool | int | float | str | None]
    candidate: list[bool | int | float | str | None]


class Disagreements(Answer):
    """Disagreements of a rollout, the latest first."""

    rollout_id: str
    live: str
    candidate: str
    items: list[Disagreement]


class AliasMove(Answer):
    """One entry of an alias's history. `kind` is create, move, rollback, delete, promote or rollout."""

    alias: str
    kind: str
    from_version: str | None
    to_version: str | None
    reason: str | None
    moved_by: str
    moved_at: Moment
    revision: int
    rollout: Rollout | None


class LiveAt(Answer):
    """The version that an alias pointed at at a time; None for none. `move` is the last move until then."""

    alias: str
    at: Moment
    version: str | None
    move: AliasMove | None


class Grant(Answer):
    """The role of one subject on one model."""

    subject: str
    kind: str
    role: str
    granted_by: str
    granted_at: Moment


class HeldGrant(Answer):
    """A role on one model, for its holder. `tenant_id` is the organization that has given it."""

    model_id: str
    tenant_id: str
    kind: str
    role: str
    granted_by: str
    granted_at: Moment
