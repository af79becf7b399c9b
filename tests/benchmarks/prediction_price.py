"""The price of access that ends and of limits for a prediction: `python -m tests.benchmarks.prediction_price`.

Four stacks run at once: as it is, the same once more to show the noise, with a registry that takes callers as their
tokens say (unchecked.py beside this module), and without quotas of requests. Each round sends one prediction to each of
them, in a random order, with values of its own, so that no result comes from the cache. Figures are milliseconds. At
the end each caller logs out, which the unchecked stack alone must not notice.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

from tests.support import stacks
from tests.support.stack_users import MODELS, User

ROUNDS, WARM_UP = 3000, 100
ENDED_AFTER = 5.0  # seconds
UNCHECKED = "callers as their tokens say"
_QUOTAS = ("RequestsPerOrganization", "RequestsPerUser", "RequestsPerApiKey")


def quotas(requests: int) -> list[str]:
    return [text for name in _QUOTAS for text in ("--parameter", f"{name}={requests}")]


# The module of `local up`, and its options.
STACKS: Mapping[str, tuple[str, list[str]]] = {
    "as it is": ("local", quotas(1_000_000)),
    "as it is, once more": ("local", quotas(1_000_000)),
    UNCHECKED: ("tests.benchmarks.unchecked", quotas(1_000_000)),
    "without quotas": ("local", quotas(0)),
}


def predict(user: User, model_id: str, number: int) -> float:
    """Returns the milliseconds of one prediction."""
    body = {"features": [number, 1, 2, 3]}
    started = time.perf_counter()
    answer = user.api.success("POST", f"{MODELS}/{model_id}/predict", body)
    milliseconds = (time.perf_counter() - started) * 1000
    assert answer.headers["x-cache"] == "miss"
    return milliseconds


def notices_the_end(user: User, model_id: str) -> bool:
    """Returns whether the stack refuses a token whose session has ended."""
    user.api.success("DELETE", "/api/v1/users/me/sessions")
    time.sleep(ENDED_AFTER)
    answer = user.api.request("POST", f"{MODELS}/{model_id}/predict", {"features": [0, 1, 2, 3]})
    assert answer.status_code in {200, 401}
    return answer.status_code == 401


def main(rounds: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in STACKS}
    with ExitStack() as stack:
        callers = {}
        for name, (module, options) in STACKS.items():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            running = stack.enter_context(stacks.running_stack(folder, "embedded", *options, module=module))
            user = running.user()
            callers[name] = user, user.publish_largest()
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        for number in range(-WARM_UP, rounds):
            for name in random.sample(list(callers), len(callers)):
                milliseconds = predict(*callers[name], number)
                if number >= 0:
                    times[name].append(milliseconds)
        for name, (user, model_id) in callers.items():
            assert notices_the_end(user, model_id) is (name != UNCHECKED), name
    base = median(times["as it is"])
    print("| stack | p50 | p95 | as it is costs more, p50 |\n| --- | --- | --- | --- |")
    for name, values in times.items():
        print(f"| {name} | {median(values):.2f} | {quantiles(values, n=20)[-1]:.2f} | {base - median(values):+.3f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
