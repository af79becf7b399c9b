"""Made by tools/client_sync.py from maas_client/resources/rollouts.py: do not edit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from maas_client.answers import Disagreements, JudgedRollout, Rollout
from maas_client.portal import Portal
from maas_client.resources import rollouts as asynchronous


class Rollouts:
    """The traffic of an alias between its version and a candidate. `model` is an id or a name."""

    def __init__(self, portal: Portal, inner: asynchronous.Rollouts) -> None:
        self._portal, self._inner = portal, inner

    def start(
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
        return self._portal.run(
            self._inner.start,
            model,
            alias,
            candidate,
            plan=plan,
            steps=steps,
            sticky_by=sticky_by,
            guards=guards,
            budget=budget,
            tolerance=tolerance,
            start_at=start_at,
            release=release,
            force_reason=force_reason,
            timeout=timeout,
        )

    def get(self, model: str, alias: str, *, timeout: float | None = None) -> JudgedRollout:
        """Reads the last rollout of an alias, which may have ended, and what its judge last saw. Raises NotFound."""
        return self._portal.run(self._inner.get, model, alias, timeout=timeout)

    def disagreements(self, model: str, alias: str, *, timeout: float | None = None) -> Disagreements:
        """Reads where the answers of the last rollout's shadow disagree with live's. Raises NotFound."""
        return self._portal.run(self._inner.disagreements, model, alias, timeout=timeout)

    def change(
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
        return self._portal.run(
            self._inner.change, model, alias, action, reason=reason, revision=revision, timeout=timeout
        )
