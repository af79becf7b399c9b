"""Whether times tell known addresses from unknown ones: `python -m tests.benchmarks.enumeration READY_FILE [PAIRS]`.

READY_FILE is that of a stack that runs and is thrown away: each pair registers a user of its own. The two requests of a
pair follow each other, and every other pair begins with the unknown address.
"""

import json
import secrets
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2

PASSWORD = "correct horse battery"
# Forgot waits most of its time, so several pairs are asked at once.
WAITING = 3

Ask = Callable[[str], float]


def asking(client: httpx2.Client, path: str, status: set[int], **fields: Any) -> Ask:
    """A function that sends an address to a route and returns the seconds until the answer."""

    def ask(email: str) -> float:
        started = time.perf_counter()
        answer = client.post(f"/api/v1/auth/{path}", json={"email": email, **fields})
        seconds = time.perf_counter() - started
        assert answer.status_code in status, answer.text
        return seconds

    return ask


def pairs(ask: Ask, known: list[str], at_once: int = 1) -> list[tuple[float, float]]:
    """The seconds for each known address, and for an unknown one beside it."""

    def pair(numbered: tuple[int, str]) -> tuple[float, float]:
        number, email = numbered
        unknown = f"{secrets.token_hex(6)}@example.com"
        if number % 2:
            return ask(email), ask(unknown)
        second = ask(unknown)
        return ask(email), second

    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(pair, enumerate(known)))


def main(ready: Path, number: int) -> None:
    with httpx2.Client(base_url=json.loads(ready.read_text())["gateway"], trust_env=False, timeout=60) as client:
        known = [f"{secrets.token_hex(6)}@example.com" for _ in range(number)]
        register = asking(client, "register", {201, 409}, password=PASSWORD)
        for email in known:
            register(email)
        login = asking(client, "login", {401}, password="another horse battery")
        forgot = asking(client, "password/forgot", {202})
        print(f"| medians of {number} pairs, in ms | known | unknown | difference |\n| --- | --- | --- | --- |")
        for name, ask, at_once in (("login", login, 1), ("register", register, 1), ("forgot", forgot, WAITING)):
            times = pairs(ask, known, at_once)
            medians = [statistics.median(each) * 1000 for each in zip(*times, strict=True)]
            print(f"| {name} | {medians[0]:.1f} | {medians[1]:.1f} | {medians[0] - medians[1]:+.1f} |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200)
