"""The client's operations on rollouts, for client_operations.py."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from maas.contracts import rollouts
from maas_client import AsyncClient
from tests.support.client_api import MODEL_ID as M

ROLLOUTS: dict[str, tuple[Callable[[AsyncClient], Any], str, type[BaseModel] | None]] = {
    "rollouts.start": (
        lambda c: c.rollouts.start(
            M,
            "a",
            "1.1.0",
            plan="canary",
            steps=[(5, 600)],
            sticky_by="caller",
            guards=[{"metric": "latency", "threshold": 2}],
            budget=5,
            tolerance={"absolute": 0.001, "relative": 0.05},
            start_at=datetime(2027, 1, 1, tzinfo=UTC),
            release=True,
            force_reason="why",
        ),
        f"PUT models/{M}/aliases/a/rollout",
        rollouts.StartRollout,
    ),
    "rollouts.get": (lambda c: c.rollouts.get(M, "a"), f"GET models/{M}/aliases/a/rollout", None),
    "rollouts.disagreements": (
        lambda c: c.rollouts.disagreements(M, "a"),
        f"GET models/{M}/aliases/a/rollout/disagreements",
        None,
    ),
    "rollouts.change": (
        lambda c: c.rollouts.change(M, "a", "abort", reason="r", revision=2),
        f"PATCH models/{M}/aliases/a/rollout",
        rollouts.ChangeRollout,
    ),
}
