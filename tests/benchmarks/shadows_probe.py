"""The process of shadows.py: it calls the function's handler with and without the watcher of shadows."""

import json
import sys
from pathlib import Path
from statistics import median, quantiles

from functions.inference import app
from maas.services.shadowing import ShadowWatcher
from tests.benchmarks.predict_handler_probe import timed

ROUNDS, WARM_UP = 5000, 300


def main(job: Path, rounds: int) -> None:
    given = json.loads(job.read_text())
    [watcher] = [each for each in app.service._watchers if isinstance(each, ShadowWatcher)]
    sides = {"shadowed": (watcher,), "not shadowed": ()}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(-WARM_UP, rounds):
        # Each side comes first in every other round, and no result is kept from the other one.
        for name in [*sides] if number % 2 else [*reversed(sides)]:
            app.service._watchers = sides[name]
            row = [number + WARM_UP, 5, len(name), 3]
            milliseconds = timed(app.handler, given["event"], row, version="production")  # it fails for an error
            if number >= 0:
                times[name].append(milliseconds)
    for name, values in times.items():
        parts = quantiles(values, n=100)
        line = f"| {given['what']} | {name} | {median(values):.4f} | {parts[94]:.4f} | {parts[98]:.4f} |"
        print(line, file=sys.stderr)
    more = median(times["shadowed"]) - median(times["not shadowed"])
    print(f"{given['what']}: {more:+.4f} ms at p50, no errors in {2 * rounds:,} calls", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS)
