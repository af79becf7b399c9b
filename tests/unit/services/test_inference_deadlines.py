"""Predictions whose time is over before the registry has answered."""

from typing import Any

import pytest

from maas.domain.errors import TimedOut, Unavailable
from maas.services.inference import InferenceService
from maas.services.questions import Question
from tests.fakes.inference import FakeRuntime, larger_column
from tests.support.http_gateway import person


async def test_a_registry_that_takes_the_callers_time_is_a_timeout() -> None:
    class Slow:
        async def get_version(self, *_: Any) -> Any:
            raise Unavailable("the registry does not answer; try again")

        routed_version = get_version

    service = InferenceService(Slow(), FakeRuntime(larger_column))

    with pytest.raises(TimedOut):
        await service.predict(person(), Question(model_id="iris", features=[1, 2], timeout=0))
    with pytest.raises(Unavailable):
        await service.predict(person(), Question(model_id="iris", features=[1, 2], timeout=9))
