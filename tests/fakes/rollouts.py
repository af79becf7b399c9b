"""Rollouts of a registry, and what the judge keeps of them, in memory."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from maas.domain.catalog.versions import Version
from maas.domain.errors import NotFound, RevisionMismatch, Unavailable
from maas.domain.identity.principals import Principal, Scope
from maas.domain.judging.findings import Judgement
from maas.domain.judging.watching import Watch
from maas.domain.pages import Page
from maas.domain.rollouts.rollouts import ActiveRollout, Rollout, RolloutChange, changed
from maas.services.judged_rollouts import JudgedRollouts
from maas.services.ports.rollouts import RolloutRegistry


@dataclass
class FakeRollouts:
    """The judge's part of RolloutRegistry. A page has two rollouts. `is_gone` makes it not answer.

    It has no versions: releases are tested on FakeRegistry.
    """

    kept: dict[str, ActiveRollout] = field(default_factory=dict)
    changes: list[tuple[Principal, str, RolloutChange]] = field(default_factory=list)
    is_gone: bool = False

    def add(self, active: ActiveRollout) -> None:
        self.kept[active.model_id] = active

    def rollout(self, model_id: str) -> Rollout:
        return self.kept[model_id].rollout

    async def get_version(self, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ) -> Version:
        raise NotFound.of("ref", "version", ref)

    async def publish_version(
        self, by: Principal, model_id: str, version: str, force: str = "", expected_revision: int | None = None
    ) -> Version:
        raise NotFound.of("version", "version", version)

    async def list_rollouts(self, by: Principal, *, limit: int, after: str) -> Page[ActiveRollout]:
        if self.is_gone:
            raise Unavailable("the registry does not answer")
        names = sorted(name for name, each in self.kept.items() if name > after and each.rollout.is_active)
        page = names[: min(2, limit)]
        return Page(tuple(self.kept[name] for name in page), page[-1] if len(names) > len(page) else "")

    async def change_rollout(self, by: Principal, model_id: str, change: RolloutChange) -> Rollout:
        active = self.kept[model_id]
        if change.expected not in (None, active.rollout.revision):
            raise RevisionMismatch("the rollout is at another revision")
        revision = active.rollout.revision + 1
        after = changed(active.rollout, change.action, change.reason, datetime.now(UTC), revision)
        self.kept[model_id] = replace(active, rollout=after)
        self.changes.append((by, model_id, change))
        return after


@dataclass
class FakeWatches:
    """The RolloutWatches port. `is_gone` makes it not answer."""

    kept: dict[str, Watch] = field(default_factory=dict)
    judgements: dict[str, Judgement] = field(default_factory=dict)
    noted: set[tuple[str, str, str]] = field(default_factory=set)
    is_gone: bool = False

    def note(self, tenant_id: str, model_id: str, rollout_id: str) -> None:
        if self.is_gone:
            raise Unavailable("rollouts can't be noted just now; try again")
        self.noted.add((tenant_id, model_id, rollout_id))

    def get(self, rollout_id: str) -> Watch | None:
        if self.is_gone:
            raise Unavailable("watches can't be read just now; try again")
        return self.kept.get(rollout_id)

    def put(self, rollout_id: str, watch: Watch) -> bool:
        if self.is_gone:
            raise Unavailable("watches can't be stored just now; try again")
        stored = self.kept.get(rollout_id)
        if (stored.revision if stored else 0) != watch.revision - 1:
            return False
        self.kept[rollout_id] = watch
        return True

    def judgement(self, rollout_id: str) -> Judgement | None:
        if self.is_gone:
            raise Unavailable("judgements can't be read just now; try again")
        return self.judgements.get(rollout_id)

    def put_judgement(self, rollout_id: str, judgement: Judgement) -> None:
        if self.is_gone:
            raise Unavailable("judgements can't be stored just now; try again")
        self.judgements[rollout_id] = judgement


def unjudged(registry: RolloutRegistry) -> JudgedRollouts:
    """Rollouts that no judge has looked at."""
    return JudgedRollouts(registry, FakeWatches())
