"""How long to wait before trying again."""

import asyncio
import random

# A second in all. Rivals are other processes, a few: within one, writers of a model take turns.
ATTEMPTS = 20
_FIRST, _LONGEST = 0.02, 0.1  # seconds


async def pause(attempt: int) -> None:
    """A random part of a time that doubles with each attempt (full jitter), so that rivals do not meet again."""
    await asyncio.sleep(random.uniform(0, min(_LONGEST, _FIRST * 2**attempt)))  # noqa: S311 - no secret
