"""The way of a prediction from the predictor to the metrics of the gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from functions.predictor.ended_calls import EndedCalls
from local.gateway.metrics import Metrics
from local.gateway.predictor_calls import PredictorCalls
from maas.platform.environment import SettingsError
from maas.platform.timings import Timings

_VERSION = 'model="m1",version="1.0.0"'


@pytest.fixture
async def calls() -> AsyncIterator[PredictorCalls]:
    found = PredictorCalls()
    yield found
    found.close()


@asynccontextmanager
async def sending(path: Path | str) -> AsyncIterator[EndedCalls]:
    sender = EndedCalls(str(path))
    await sender.open()
    yield sender
    sender.close()
    await asyncio.sleep(0)  # in which the transport closes


def ended(error: str = "", *, hit: bool = False, rollout: str = "") -> Timings:
    call = Timings(model_id="m1", version="1.0.0", hit=hit, rollout_id=rollout, side="candidate" if rollout else "")
    call.add("queue", 0.25)
    call.add("infer", 0.5)
    if error:
        call.failed(error)
    call.ended(1.0)
    return call


async def lines_with(metrics: Metrics, wanted: set[str]) -> set[str]:
    """The wanted lines of the page, as soon as all are there, else what there is after some seconds."""
    for _ in range(500):
        found = set(metrics.page().body.decode().splitlines())
        if wanted <= found:
            break
        await asyncio.sleep(0.01)
    return wanted & found


async def test_predictions_over_grpc_are_among_the_metrics_of_the_gateway(calls: PredictorCalls) -> None:
    metrics = Metrics({})

    wanted = {
        f'maas_predictions_total{{code="ok",{_VERSION}}} 3.0',
        f'maas_predictions_total{{code="timeout",{_VERSION}}} 1.0',
        f'maas_prediction_results_total{{cache="hit",{_VERSION}}} 1.0',
        f'maas_prediction_results_total{{cache="miss",{_VERSION}}} 2.0',
        'maas_prediction_seconds_sum{model="m1",phase="infer",version="1.0.0"} 2.0',
        'maas_prediction_seconds_sum{model="m1",phase="queue",version="1.0.0"} 1.0',
        'maas_rollout_predictions_total{code="ok",model="m1",rollout="r1",side="candidate"} 1.0',
    }
    async with sending(calls.path) as sender:
        for call in (ended(), ended(hit=True), ended("timeout"), ended(rollout="r1")):
            sender.send(call)  # before anybody reads
        calls.listen(metrics.count_prediction)
        assert await lines_with(metrics, wanted) == wanted


async def test_more_calls_than_the_kernel_keeps_are_all_counted(calls: PredictorCalls) -> None:
    metrics, wanted = Metrics({}), {f'maas_predictions_total{{code="ok",{_VERSION}}} 2000.0'}
    async with sending(calls.path) as sender:
        for _ in range(2_000):
            sender.send(ended())
        calls.listen(metrics.count_prediction)
        assert await lines_with(metrics, wanted) == wanted


async def test_a_reader_that_is_gone_disturbs_no_call() -> None:
    calls = PredictorCalls()
    async with sending(calls.path) as sender:
        calls.close()
        for _ in range(3):
            sender.send(ended())
            await asyncio.sleep(0)


async def test_without_a_reader_nothing_is_sent() -> None:
    async with sending("") as sender:
        sender.send(ended())

    with pytest.raises(SettingsError, match="MAAS_PREDICTOR_CALLS_SOCKET"):
        await EndedCalls("/nonexistent/socket").open()
