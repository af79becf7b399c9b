"""An API that predicts, in memory."""

import asyncio
import json
from typing import Any

import httpx2

from tests.support.client_api import MODEL, MODEL_ID, problem


class Server:
    """Predicts the first value of each row. It keeps the bodies that it has got."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.queries: list[str] = []
        self.wrong: Any = "none"  # a value that is refused
        self.status, self.code, self.field = 422, "invalid_input", ""  # of the refusal
        self.most_rows = 1000
        self.busy_after = 10_000  # requests
        self.rollout: dict[str, str] | None = None
        self.outputs: dict[str, Any] = {}
        self.under_way = self.most = 0

    async def __call__(self, request: httpx2.Request) -> Any:
        if request.method == "GET":
            return {"items": [MODEL], "next_cursor": None}
        body = json.loads(request.content)
        self.bodies.append(body)
        self.queries.append(request.url.query.decode())
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0.002)
        self.under_way -= 1
        rows = body.get("dataframe_records") or body.get("features") or [*body["inputs"].values()]
        rows = rows if isinstance(rows, list) and isinstance(rows[0], list | dict) else [rows]
        first = [next(iter(row.values())) if isinstance(row, dict) else row[0] for row in rows]
        if len(self.bodies) > self.busy_after:
            return problem(429, "too_many_requests")
        if self.wrong in first or len(first) > self.most_rows:
            errors = [{"field": self.field, "rule": "type", "message": "is wrong"}] if self.field else []
            return problem(self.status, self.code, errors=errors)
        return self._answer(first)

    def _answer(self, first: list[Any]) -> Any:
        shared = {
            "model_id": MODEL_ID,
            "version": "1.0.0",
            "cached": False,
            "duration_ms": 1.0,
            "prediction_id": "p",
            "rollout": self.rollout,
            "outputs": self.outputs,
        }
        if len(first) == 1:
            return {"prediction": first[0], "class_name": f"c{first[0]}", **shared}
        return {"predictions": first, "class_names": [f"c{each}" for each in first], **shared}
