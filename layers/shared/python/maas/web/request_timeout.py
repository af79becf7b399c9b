"""The request header X-Request-Timeout: the seconds that a caller waits for its prediction."""

from typing import Annotated

from fastapi import Header
from pydantic import Field

# Seconds. An HTTP API waits 30 for a function.
TIMEOUT_MAX = 29

RequestTimeout = Annotated[float | None, Header(), Field(gt=0, le=TIMEOUT_MAX, allow_inf_nan=False)]
