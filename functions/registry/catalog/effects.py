"""Calls that their caller may repeat: a repeat gets the result of the first one, and changes nothing.

The caller names the effect that all of them have together. A change is committed with its effect, so neither a crash
nor a race can separate them (docs/decisions/0053-idempotency-keys.md).
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from functions.registry.catalog.access import Access
from functions.registry.contention import Contention
from functions.registry.ports import Repeated, Repository
from functions.registry.stored import Effect, Result
from maas.domain.clock import now
from maas.domain.errors import InvalidInput, MaasError, Rule
from maas.domain.identity.principals import Principal, Scope
from maas.platform.request_context import effect_id

R = TypeVar("R", bound=Result)

# Longer than a function repeats a call with the same effect (maas.domain.idempotency.KEPT).
KEPT = timedelta(hours=25)


def effect_of(by: Principal, result: Result) -> Effect | None:
    """The effect of the current call, whose result this is; None if its caller has named none."""
    name = effect_id()
    return Effect(by.tenant_id, by.subject, name, result, now() + KEPT) if name else None


class Effects:
    """Answers repeats of calls."""

    def __init__(self, repository: Repository, access: Access, contention: Contention) -> None:
        self._repository = repository
        self._access = access
        self._contention = contention

    async def settle(
        self, by: Principal, scope: Scope, model_id: str, kind: type[R], attempt: Callable[[], Awaitable[R]]
    ) -> R:
        """Settles a change of a model, which needs the right to `scope`, like `Contention.settle`."""
        return await self.once(
            by,
            kind,
            lambda: self._contention.settle(model_id, attempt),
            lambda: self._access.changeable(by, model_id, scope),
        )

    async def once(
        self,
        by: Principal,
        kind: type[R],
        change: Callable[[], Awaitable[R]],
        allowed: Callable[[], Awaitable[object]] | None = None,
    ) -> R:
        """The result of `change`, or the stored one if the current call repeats an earlier one.

        `allowed` raises an error if the caller has lost the right to the change meanwhile.
        """
        if not effect_id():
            return await change()
        stored = await self._repository.effect(by, effect_id())
        if stored is None:
            try:
                return await change()
            except (Repeated, MaasError):  # an attempt at the same time may have changed what this one has checked
                stored = await self._repository.effect(by, effect_id())
                if stored is None:
                    raise
        if not isinstance(stored, kind):
            raise InvalidInput.of("x-effect-id", Rule.UNIQUE, "names the effect of another call")
        if allowed:
            await allowed()
        return stored
