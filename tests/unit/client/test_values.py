"""Arrays and frames in predictions, as the API takes them."""

from typing import Any

import httpx2
import numpy as np
import pytest

from maas_client import errors
from maas_client.values import plain
from tests.support.client_api import FakeApi

pd = pytest.importorskip("pandas")
_ROW = np.array([[5.1, np.nan]], dtype=np.float32)
_FRAME = pd.DataFrame({"age": [30.5, np.nan], "sex": ["f", None], "rooms": np.array([2, 3])})
_RECORDS = [{"age": 30.5, "sex": "f", "rooms": 2}, {"age": None, "sex": None, "rooms": 3}]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([1.5, 2], [1.5, 2]),
        ("text", "text"),
        (None, None),
        (np.array([1, 2**62]), [1, 2**62]),
        ([np.float32(0.5), (np.int64(3), np.bool_(True))], [0.5, [3, True]]),
        ({"x": np.array([[0.5], [np.nan]])}, {"x": [[0.5], [None]]}),
        (pd.Series([1.5, np.nan]), [1.5, None]),
        (_FRAME, _RECORDS),
    ],
)
def test_arrays_and_frames_become_lists(given: Any, found: Any) -> None:
    assert plain(given) == found


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"features": _ROW}, {"features": [[pytest.approx(5.1, abs=1e-6), None]]}),
        ({"inputs": {"x": _ROW}}, {"inputs": {"x": [[pytest.approx(5.1, abs=1e-6), None]]}}),
        ({"features": _FRAME}, {"dataframe_records": _RECORDS}),
        ({"records": _FRAME}, {"dataframe_records": _RECORDS}),
        ({"records": tuple(_RECORDS)}, {"dataframe_records": _RECORDS}),
    ],
)
async def test_a_prediction_takes_arrays_and_frames(given: Any, sent: Any) -> None:
    api = FakeApi(lambda _: httpx2.Response(404, json={"code": "not_found"}))
    async with api.client() as client:
        for call in (client.inference.predict_batch, client.jobs.submit):
            with pytest.raises(errors.NotFound):
                await call("iris", **given)
    assert api.bodies() == [sent, {"model_id": "iris", **sent}]
