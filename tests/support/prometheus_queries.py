"""Queries of the dashboards, as Grafana sends them to Prometheus with all values of its variables chosen."""

import asyncio
import time
from typing import Any, cast

import httpx2

_VARIABLES = {"$__rate_interval": "1m", "$model": ".*", "$version": ".*", "$rollout": ".*"}


def of_all(query: str) -> str:
    """The query with the dashboards' variables filled in."""
    for name, value in _VARIABLES.items():
        query = query.replace(name, value)
    return query


async def answered(url: str, query: str, end: float) -> list[Any]:
    """The series of a query, once there are some, or none at the end (of `time.monotonic`)."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        while True:
            answer = (await http.get(f"{url}/api/v1/query", params={"query": of_all(query)})).json()
            assert answer["status"] == "success", f"{query}: {answer}"
            if answer["data"]["result"] or time.monotonic() > end:
                return cast("list[Any]", answer["data"]["result"])
            await asyncio.sleep(0.5)
