"""Operations of monitoring, for client_operations.py."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from maas.contracts import monitoring
from maas_client import AsyncClient
from tests.support.client_api import MODEL_ID as M

MONITORING: dict[str, tuple[Callable[[AsyncClient], Any], str, type[BaseModel] | None]] = {
    "monitoring.get": (
        lambda c: c.monitoring.get(M, "^1", window="7d"),
        f"GET models/{M}/versions/%5E1/monitoring",
        None,
    ),
    "monitoring.drift": (
        lambda c: c.monitoring.drift(M, "1.0.0", window="1h", baseline="first"),
        f"GET models/{M}/versions/1.0.0/drift",
        None,
    ),
    "monitoring.baseline": (
        lambda c: c.monitoring.baseline(M, "1.0.0", kind="given"),
        f"GET models/{M}/versions/1.0.0/baseline",
        None,
    ),
    "monitoring.set_baseline": (
        lambda c: c.monitoring.set_baseline(M, "1.0.0", {"x": [1.0, 2.0]}),
        f"PUT models/{M}/versions/1.0.0/baseline",
        monitoring.BaselineBody,
    ),
}
