"""How long what is cached lives."""

import random

# Up to this part of a life is taken off, so that what is written together does not expire together.
SPREAD = 0.2


def spread(life: float) -> float:
    """At random a little shorter, in seconds as `life` is."""
    return life * random.uniform(1 - SPREAD, 1)  # noqa: S311 - no secret
