"""One trace of a prediction over gateway, function, registry, store and worker."""

from pathlib import Path

import pytest

from tests.support import stacks
from tests.support.otlp_collector import Span, otlp_collector
from tests.support.waiting import until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


@pytest.mark.kinds("embedded")
def test_a_first_prediction_is_one_trace_of_all_that_took_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with otlp_collector() as collector:
        monkeypatch.setenv("MAAS_TRACE_ENDPOINT", collector.url)
        with stacks.running_stack(tmp_path) as stack:
            user = stack.user()
            path = f"/api/v1/models/{user.publish_largest()}/predict"
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            assert user.api.request("POST", path, {"features": [1, 2, 3, 4]}, headers=headers).status_code == 200

            def seen() -> dict[str, Span]:
                return {f"{span.service}: {span.name}": span for span in collector.spans if span.trace_id == TRACE}

            route = "POST /api/v1/models/{model_id}/predict"
            wanted = {f"gateway: {route}", f"inference: {route}", "inference: resolve", "inference: download"}
            wanted |= {"inference: load", "inference: infer", "registry: maas.registry.v1.RegistryService/GetVersion"}
            found = until(lambda: wanted <= seen().keys() and seen(), 20)
    gateway, function = found[f"gateway: {route}"], found[f"inference: {route}"]
    assert gateway.parent_id == PARENT
    assert function.parent_id == gateway.span_id
    parts = [span for name, span in found.items() if span.service in ("inference", "registry") and span is not function]
    own = [span for span in parts if not span.name.startswith("DynamoDB")]
    assert {span.parent_id for span in own} == {function.span_id}
    assert gateway.start <= function.start <= function.end <= gateway.end
    stored = [span for span in found.values() if span.name.startswith("DynamoDB")]
    registry = {span.span_id for span in found.values() if span.service == "registry" and span not in stored}
    assert stored
    assert {span.parent_id for span in stored} <= registry
