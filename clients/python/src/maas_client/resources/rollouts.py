"""Rollouts of a model's aliases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from maas_client.answers import Disagreements, JudgedRollout, Rollout
from maas_client.http.calls import Call, given, if_match
from maas_client.resources.base import Resource


class Rollouts(Resource):
    """The traffic of an alias between its version and a candidate. `model` is an id or a name."""

    async def start(
        self,
        model: str,
        alias: str,
        candidate: str,
        *,
        plan: str | None = None,
        steps: Sequence[tuple[float, int]] | None = None,
        sticky_by: str | None = None,
        guards: Sequence[Mapping[str, Any]] | None = None,
        budget: int | None = None,
        tolerance: Mapping[str, float] | None = None,
        start_at: datetime | None = None,
        release: bool | None = None,
        force_reason: str | None = None,
        timeout: float | None = None,
    ) -> Rollout:
        """Begins a rollout. `steps` are pairs of percent and seconds; `guards` have metric and threshold at least.
        `tolerance` has absolute, relative or both, and is how far the numbers of a shadow may be from live's.

        Without an option the server's own holds: a canary in four steps with three guards. `force_reason` takes a
        candidate that breaks callers. With `release` the candidate may be a version that is ready: it is published
        first, and deprecated if the rollout is aborted. Raises Conflict if another rollout is active.
        """
        body = given(
            candidate=candidate,
            plan=plan,
            steps=None if steps is None else [{"percent": percent, "for": seconds} for percent, seconds in steps],
            sticky_by=sticky_by,
            guards=None if guards is None else [dict(guard) for guard in guards],
            budget=budget,
            tolerance=None if tolerance is None else dict(tolerance),
            start_at=None if start_at is None else start_at.isoformat(),
            release=release,
            force=force_reason,
        )
        where = self._model_path(model, "aliases", alias, "rollout")
        return await self._api.call(Call("PUT", where, body=body, timeout=timeout), Rollout)

    async def get(self, model: str, alias: str, *, timeout: float | None = None) -> JudgedRollout:
        """Reads the last rollout of an alias, which may have ended, and what its judge last saw. Raises NotFound."""
        where = self._model_path(model, "aliases", alias, "rollout")
        return await self._api.call(Call("GET", where, timeout=timeout), JudgedRollout)

    async def disagreements(self, model: str, alias: str, *, timeout: float | None = None) -> Disagreements:
        """Reads where the answers of the last rollout's shadow disagree with live's. Raises NotFound."""
        where = self._model_path(model, "aliases", alias, "rollout", "disagreements")
        return await self._api.call(Call("GET", where, timeout=timeout), Disagreements)

    async def change(
        self,
        model: str,
        alias: str,
        action: str,
        *,
        reason: str | None = None,
        revision: int | str | None = None,
        timeout: float | None = None,
    ) -> Rollout:
        """Goes on with a rollout or ends it: `action` is start, advance, pause, resume, promote or abort.

        Raises Conflict if its state does not allow that, RevisionMismatch if it is not at `revision`.
        """
        where, body = self._model_path(model, "aliases", alias, "rollout"), given(action=action, reason=reason)
        return await self._api.call(
            Call("PATCH", where, body=body, headers=if_match(revision), timeout=timeout), Rollout
        )
