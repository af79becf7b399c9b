"""The process of predict_handler.py: it calls the function's handler and a bare one in turns, and prints a table."""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI
from mangum import Mangum
from pydantic import BaseModel

from functions.inference import app

ROUNDS, WARM_UP = 3000, 200
Handler = Callable[[dict[str, Any], Any], Any]


class _Context:
    """The parts of Lambda's context that handlers read."""

    function_name, memory_limit_in_mb, aws_request_id = "InferenceFunction", 2048, "0" * 32
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:InferenceFunction"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 29_000


class _Features(BaseModel):
    features: list[float]


def bare(file: Path) -> Handler:
    session = ort.InferenceSession(file.read_bytes())
    name = session.get_inputs()[0].name
    api = FastAPI()

    @api.post("/api/v1/models/{model_id}/predict")
    async def predict(model_id: str, body: _Features) -> dict[str, Any]:
        return {
            "model_id": model_id,
            "prediction": session.run(None, {name: np.array([body.features], "f4")})[0].tolist(),
        }

    handler: Handler = Mangum(api, lifespan="off")
    return handler


def timed(handler: Handler, event: dict[str, Any], features: list[int], **fields: str) -> float:
    """Returns the milliseconds of one call. `fields` are further ones of its body."""
    event = {**event, "body": json.dumps({"features": features, **fields})}
    started = time.perf_counter()
    answer = handler(event, _Context)
    milliseconds = (time.perf_counter() - started) * 1000
    assert answer["statusCode"] == 200, answer
    return milliseconds


def main(job: Path, rounds: int) -> None:
    given = json.loads(job.read_text())
    kinds: dict[str, tuple[Handler, bool]] = {
        "handler": (app.handler, True),
        "handler, cached": (app.handler, False),
        "bare": (bare(Path(given["file"])), True),
    }
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(-WARM_UP, rounds):
        for name, (handler, varies) in kinds.items():
            milliseconds = timed(handler, given["event"], [number if varies else 1, 5, 2, 3])
            if number >= 0:
                times[name].append(milliseconds)
    base = median(times["bare"])
    show = partial(print, file=sys.stderr)
    show("| handler | p50 | p95 | p50 to bare |\n| --- | --- | --- | --- |")
    for name, values in times.items():
        show(f"| {name} | {median(values):.3f} | {quantiles(values, n=20)[-1]:.3f} | {median(values) / base:.2f} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS)
