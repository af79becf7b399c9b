"""Whether tests that repeat a race, a kill or a start run all their rounds. The gate has a time limit and runs few."""

import os

FULL = os.environ.get("TEST_ROUNDS") == "full"
