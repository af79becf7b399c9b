"""Rows that a push turns into the baseline of its version."""

from pathlib import Path

from maas_client import AsyncClient
from tests.support.client_api import FAST
from tests.support.fake_maas import FakeMaas


async def test_a_baseline_is_what_the_rows_come_to_and_no_row_is_sent(tmp_path: Path) -> None:
    fake, file = FakeMaas(), tmp_path / "iris.onnx"
    file.write_bytes(bytes(range(256)))
    fake.signature = {"inputs": [{"name": "x", "dtype": "float", "shape": [-1, 2]}], "outputs": []}
    async with AsyncClient(fake.base, api_key="k", retries=FAST, transport=fake.transport()) as api:
        version = await api.push(
            file, model="iris", version="1.0.0", publish=True, baseline=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
        )
    [sent] = fake.baselines.values()
    assert (version.state, sent["rows"], [*sent["inputs"]]) == ("published", 3, ["x[0]", "x[1]"])
    assert (sent["inputs"]["x[1]"]["mean"], sent["inputs"]["x[1]"]["maximum"]) == (4.0, 6.0)
    last = [call.rpartition("/")[2] for call in fake.calls if call.endswith(("/baseline", "/publish"))]
    assert last == ["baseline", "publish"]
