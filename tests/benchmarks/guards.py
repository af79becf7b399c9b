"""How soon the default guards abort a bad candidate, and how often an equal one: `python -m tests.benchmarks.guards`.

Nothing runs but the tests of the guards: calls are drawn, counted in the real buckets, and judged after every 5 calls
of the candidate. Live's calls come with the candidate's as the steps say. Durations are log-normal; `sigma` is 0.5
unless a row says so (the 95th percentile is 2.3 times the median).

The last rows have one drift guard with the threshold 0. For four hours a report on the last hour comes each five
minutes, beside a baseline of 1,000 rows: six columns of numbers, few values, texts and gaps (drifting_runs.py).
"""

import sys
from dataclasses import dataclass, replace
from statistics import median

from tests.support.drifting_runs import Columns, DriftRun, mixed, shifted
from tests.support.rollout_runs import STEPS, Kind, Run

RUNS = 200
_GOOD, _WORSE, _WIDE = Kind(), Kind(errors=0.01), Kind(sigma=1.0)


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    live: Kind
    candidate: Kind


ROWS = (
    Row("equal, 0.2 % errors", _GOOD, _GOOD),
    Row("equal, 1 % errors", _WORSE, _WORSE),
    Row("equal, 10 % errors", Kind(errors=0.1), Kind(errors=0.1)),
    Row("equal, sigma 1", _WIDE, _WIDE),
    Row("1 point more errors, as allowed", _GOOD, Kind(errors=0.012)),
    Row("1.25 times as long, as allowed", _GOOD, Kind(median=0.0125)),
    Row("20 % errors beside 0.2 %", _GOOD, Kind(errors=0.2)),
    Row("20 % errors beside 1 %", _WORSE, Kind(errors=0.2)),
    Row("20 % errors beside 5 %", Kind(errors=0.05), Kind(errors=0.2)),
    Row("5 % errors beside 0.2 %", _GOOD, Kind(errors=0.05)),
    Row("all calls fail", _GOOD, Kind(errors=1.0)),
    Row("twice as long", _GOOD, Kind(median=0.02)),
    Row("twice as long, sigma 1", _WIDE, replace(_WIDE, median=0.02)),
    Row("1.5 times as long", _GOOD, Kind(median=0.015)),
)


# The candidate's values, and its rows in five minutes.
DRIFTS: tuple[tuple[str, Columns, int], ...] = (
    ("equal, drift guard", mixed, 25),
    ("equal, drift guard", mixed, 100),
    ("equal, drift guard", mixed, 400),
    ("one of six columns moved by sigma", shifted, 100),
)
REPORTS = 48


def main(runs: int) -> None:
    print(f"{'candidate':34} {'steps':14} {'aborted':>9} {'calls, median':>14} {'most':>6}")
    for row in ROWS:
        for steps in (STEPS, (50,)):
            run = Run(row.live, row.candidate, look=5, step_calls=2000 // len(steps), steps=steps)
            ends = [run.end(seed) for seed in range(runs)]
            calls = [end.calls for end in ends if end.is_aborted]
            shown = ", ".join(f"{percent:g}" for percent in steps)
            print(f"{row.name:34} {shown:14} {len(calls):4} / {runs} {_spread(calls)}", flush=True)
    print(f"\n{'candidate':34} {'rows / report':14} {'aborted':>9} {'rows, median':>14} {'most':>6}")
    for name, candidate, rows in DRIFTS:
        found = [DriftRun(mixed, candidate, REPORTS, rows).end(seed) for seed in range(runs)]
        drifted = [end for end in found if end is not None]
        print(f"{name:34} {rows:<14} {len(drifted):4} / {runs} {_spread(drifted)}", flush=True)


def _spread(numbers: list[int]) -> str:
    return f"{median(numbers):14,.0f} {max(numbers):6,}" if numbers else f"{'-':>14} {'-':>6}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
