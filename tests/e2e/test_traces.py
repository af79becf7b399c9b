"""One trace of a prediction over gateway, function, registry, store and worker, and one of a job over its queue."""

from pathlib import Path

import pytest

from tests.support import stacks
from tests.support.otlp_collector import Span, otlp_collector
from tests.support.stack_users import MODELS
from tests.support.waiting import until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
WRITE = "7c1e0a9d5b3f48e2a6d4c8b0f2e4a6d8"
JOB = "2f8d6b4a1c3e4579b0d2f4a6c8e0b1d3"
PARENT = "00f067aa0ba902b7"
JOBS = "/api/v1/inference/jobs"
_RPC = "maas.registry.v1.RegistryService"


@pytest.mark.kinds("embedded")
def test_a_first_prediction_is_one_trace_of_all_that_took_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with otlp_collector() as collector:
        monkeypatch.setenv("MAAS_TRACE_ENDPOINT", collector.url)
        with stacks.running_stack(tmp_path) as stack:
            user = stack.user()
            model_id = user.publish_largest()
            path = f"/api/v1/models/{model_id}/predict"
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            assert user.api.request("POST", path, {"features": [1, 2, 3, 4]}, headers=headers).status_code == 200

            # A read may be answered by a cache, so the spans of the store are those of a write.
            body = {"name": "traced", "framework": "onnx"}
            headers = {"traceparent": f"00-{WRITE}-{PARENT}-01"}
            assert user.api.request("POST", MODELS, body, headers=headers).status_code == 201

            asked = {"model_id": model_id, "features": [1, 2, 3, 4]}
            headers = {"traceparent": f"00-{JOB}-{PARENT}-01"}
            assert user.api.request("POST", JOBS, asked, headers=headers).status_code == 202

            route = "POST /api/v1/models/{model_id}/predict"
            wanted = {f"gateway: {route}", f"inference: {route}", "inference: resolve", "inference: download"}
            wanted |= {"inference: load", "inference: infer", f"registry: {_RPC}/GetVersion"}
            found = until(lambda: wanted <= (seen := collector.named(TRACE)).keys() and seen, 20)
            create = f"registry: {_RPC}/CreateModel"
            written = until(lambda: create in (seen := collector.named(WRITE)) and _stored(seen) and seen, 20)
            wanted = {f"uploads: POST {JOBS}", "jobs: JobMessage"}
            queued = until(lambda: wanted <= (seen := collector.named(JOB)).keys() and seen, 20)
    gateway, function = found[f"gateway: {route}"], found[f"inference: {route}"]
    assert gateway.parent_id == PARENT
    assert function.parent_id == gateway.span_id
    parts = [span for name, span in found.items() if span.service in ("inference", "registry") and span is not function]
    own = [span for span in parts if not span.name.startswith("DynamoDB")]
    assert {span.parent_id for span in own} == {function.span_id}
    assert gateway.start <= function.start <= function.end <= gateway.end
    assert {span.parent_id for span in _stored(written)} == {written[create].span_id}
    assert queued["jobs: JobMessage"].parent_id == queued[f"uploads: POST {JOBS}"].span_id


def _stored(spans: dict[str, Span]) -> list[Span]:
    return [span for name, span in spans.items() if name.startswith("registry: DynamoDB")]
