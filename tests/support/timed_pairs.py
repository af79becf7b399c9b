"""Requests for addresses with and without an account, in pairs: their answers, and the times that they take."""

import secrets
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

import httpx2

T = TypeVar("T")
# What differs from answer to answer, whoever asks.
_VARYING = frozenset({"x-request-id", "apigw-requestid", "traceparent", "date", "ratelimit", "connection"})
# Members of bodies that are random or repeat the request.
_RANDOM = frozenset({"id", "email", "created_at", "expires_at", "request_id"})


@dataclass(frozen=True)
class Timed:
    """An answer without what differs at random, and its seconds."""

    seen: tuple[int, tuple[tuple[str, str], ...], str]
    seconds: float


Ask = Callable[[str], Timed]


def asking(client: httpx2.Client, path: str, headers: dict[str, str] | None = None, **fields: Any) -> Ask:
    """A function that sends an address to a route with these other fields."""

    def ask(email: str) -> Timed:
        started = time.perf_counter()
        answer = client.post(path, json={"email": email, **fields}, headers=headers)
        return Timed(_seen(answer), time.perf_counter() - started)

    return ask


def new_address() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def in_turn(ask: Callable[[str], T], number: int, first: str, second: str) -> tuple[T, T]:
    """Asks for both, for the second one first if the number is even. Returns the answers for first and second."""
    if number % 2:
        return ask(first), ask(second)
    answer = ask(second)
    return ask(first), answer


def pairs(ask: Ask, known: Sequence[str], at_once: int = 1) -> list[tuple[Timed, Timed]]:
    """The answer for each known address, and for an unknown one beside it. Every other pair begins with the latter."""

    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(lambda number, email: in_turn(ask, number, email, new_address()), count(), known))


def medians(found: Sequence[tuple[Timed, Timed]]) -> tuple[float, float]:
    """The median seconds for known and for unknown addresses."""
    known, unknown = ([each.seconds for each in side] for side in zip(*found, strict=True))
    return statistics.median(known), statistics.median(unknown)


def _seen(answer: httpx2.Response) -> tuple[int, tuple[tuple[str, str], ...], str]:
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in _VARYING)
    body = answer.json()
    shown = {name: "…" if name in _RANDOM else value for name, value in body.items()}
    lengths = {"content-length": "…"}
    return answer.status_code, tuple((name, lengths.get(name, value)) for name, value in headers), str(shown)
