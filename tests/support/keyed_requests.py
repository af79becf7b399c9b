"""Requests with an idempotency key, and the function that takes them over any stores."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from functions.registry.ports import Repository
from maas.entrypoints.http import LambdaHandler, create_app, lambda_handler
from maas.security.sealed_answers import AnswerSealer
from maas.services.idempotency import IdempotencyService, allowed_by
from maas.services.judged_rollouts import JudgedRollouts
from maas.services.ports.idempotency import KeyRecords
from maas.web.idempotency import Idempotency
from maas.web.routes.aliases import aliases_routes
from maas.web.routes.models import models_routes
from maas.web.routes.rollouts import rollouts_routes
from maas.web.routes.versions import versions_routes
from tests.fakes.registry import FakeRegistry
from tests.fakes.rollouts import FakeWatches
from tests.support.registry_server import KEYS


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


def idempotency(registry: FakeRegistry, records: KeyRecords, clock: Callable[[], datetime]) -> Idempotency:
    return Idempotency(IdempotencyService(records, AnswerSealer(KEYS), clock), allowed_by(registry))


def models_function(repository: Repository, records: KeyRecords, clock: Callable[[], datetime]) -> LambdaHandler:
    """The models function without its differences, grants and changelogs."""
    registry = FakeRegistry(repository)
    routers = (
        models_routes(registry),
        versions_routes(registry),
        aliases_routes(registry),
        rollouts_routes(registry, JudgedRollouts(registry, FakeWatches())),
    )
    return lambda_handler(create_app(*routers, title="models", idempotency=idempotency(registry, records, clock)))
