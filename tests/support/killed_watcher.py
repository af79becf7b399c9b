"""A process that predicts once in a hundredth of a second until it is killed: ENDPOINT TABLE MODEL.

It prints the number of predictions so far after each one.
"""

import sys
import time

from maas.adapters.aws.sketches import DynamoSketches
from maas.adapters.sketches.lazy import LazySketches
from maas.services.watching import SketchWatcher
from tests.support.predicted import predicted, version

PERIOD, PAUSE = 1.0, 0.2

if __name__ == "__main__":
    endpoint, table, number = sys.argv[1:]
    watcher = SketchWatcher(LazySketches(), DynamoSketches(table, endpoint), period=PERIOD, pause=PAUSE)
    of, count = version(number=number), 0
    while True:
        watcher.predicted(predicted(of, {"x": [1, 2]}, {"label": [0]}, at=time.time()))
        count += 1
        print(f"{count} {time.monotonic()}", flush=True)
        time.sleep(0.01)
