"""Every panel of the dashboards has data from a stack that `--dashboards` has started, after some traffic."""

import threading
import time
from pathlib import Path

import pytest

from local import programs
from tests.samples import onnx_files
from tests.support.prometheus_queries import answered
from tests.support.rounds import FULL
from tests.support.stack_users import MODELS, User
from tests.support.stacks import running_stack
from tools import dashboards

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(300)]
_PATIENCE = 60.0


def _predict(user: User, model: str, stop: threading.Event) -> None:
    """Predicts through the alias, for two rows in turn, and with too few values in each tenth call."""
    call = 0
    while not stop.wait(0.05):
        call += 1
        features = [1, 2, 3] if call % 10 == 0 else [1, 2, 3, 4 + call % 2]
        body = {"features": features, "version": "production"}
        user.api.request("POST", f"{MODELS}/{model}/predict", body, headers={"x-user": f"u{call}"})


async def test_every_panel_has_data_after_some_traffic(local_kind: str, tmp_path: Path) -> None:
    if not FULL:
        pytest.skip("a stack of its own: TEST_ROUNDS=full runs it; tests/integration/local has the queries without one")
    if reason := programs.find("prometheus") is None and programs.missing_tool("prometheus"):
        pytest.skip(f"there is no Prometheus: it needs {reason}")
    with running_stack(tmp_path, local_kind, "--dashboards") as stack:
        user = stack.user()
        model = user.publish_largest()
        user.publish_next(model, "1.1.0", onnx_files.largest_of_four())
        user.api.success("PUT", f"{MODELS}/{model}/aliases/production", {"version": "1.0.0"})
        rollout = {"candidate": "1.1.0", "plan": "ab", "sticky_by": "header:x-user", "guards": []}
        user.api.success("PUT", f"{MODELS}/{model}/aliases/production/rollout", rollout)
        stop = threading.Event()
        traffic = threading.Thread(target=_predict, args=(user, model, stop))
        traffic.start()
        try:
            end = time.monotonic() + _PATIENCE
            empty = [
                f"{dashboard.title}: {panel.title}"
                for dashboard in dashboards.DASHBOARDS.values()
                for panel in dashboard.panels
                for query, _ in panel.queries
                if not await answered(stack.ready["prometheus"], query, end)
            ]
            share = await answered(stack.ready["prometheus"], dashboards.ROLLOUTS.panels[0].queries[0][0], end)
        finally:
            stop.set()
            traffic.join()
        assert empty == []
        assert 0.2 < float(share[0]["value"][1]) < 0.8
