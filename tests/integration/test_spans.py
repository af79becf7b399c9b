"""Spans of a process, as a collector receives them."""

import re
import time
from collections.abc import Iterator

import pytest

from maas.platform import spans
from maas.platform.spans import WAITING_MAX, Kind, SpanExporter, from_environment
from maas.platform.trace import Trace
from tests.support.otlp_collector import Collector, otlp_collector
from tests.support.waiting import until

TRACE = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True, parent_id="1111111111111111")


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with otlp_collector() as running:
        monkeypatch.setattr(spans, "_PAUSE", 0.05)
        monkeypatch.setattr(spans, "_EXPORTER", SpanExporter(f"{running.url}/", 1.0, "inference"))
        yield running


def test_a_span_has_its_ids_times_and_attributes(collector: Collector) -> None:
    spans.ended(TRACE, "POST /x", Kind.SERVER, 0.5, http__response__status_code=503, maas__cold_start=True, error=True)
    [span] = until(lambda: collector.spans, 5)
    assert (span.service, span.name, span.kind, span.failed) == ("inference", "POST /x", 2, True)
    assert (span.trace_id, span.span_id, span.parent_id) == (TRACE.trace_id, TRACE.span_id, TRACE.parent_id)
    assert span.end - span.start == 500_000_000
    assert abs(span.end / 1e9 - time.time()) < 10
    assert span.attributes == {"http.response.status_code": "503", "maas.cold_start": True}


def test_a_part_is_a_child_with_an_id_of_its_own(collector: Collector) -> None:
    for name in ("resolve", "infer"):
        spans.child_ended(TRACE, name, Kind.INTERNAL, 0.1)
    found = until(lambda: len(collector.spans) == 2 and collector.spans, 5)
    assert {span.parent_id for span in found} == {TRACE.span_id}
    assert len({span.span_id for span in found}) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", span.span_id) for span in found)


def test_a_trace_that_is_not_sampled_is_not_sent(collector: Collector) -> None:
    spans.ended(Trace(TRACE.trace_id, TRACE.span_id), "no", Kind.SERVER, 0.1)
    spans.child_ended(None, "no", Kind.SERVER, 0.1)
    spans.ended(TRACE, "yes", Kind.SERVER, 0.1)
    assert [span.name for span in until(lambda: collector.spans, 5)] == ["yes"]


def test_new_traces_are_sampled_by_the_ratio(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    assert spans.started("").sampled
    monkeypatch.setattr(spans, "_EXPORTER", SpanExporter(collector.url, 0.0, "inference"))
    assert not spans.started("").sampled
    monkeypatch.setattr(spans, "_EXPORTER", None)
    assert not spans.started("").sampled


def test_the_decision_of_the_caller_is_kept(collector: Collector) -> None:
    for flags, sampled in (("00", False), ("01", True)):
        found = spans.started(f"00-{TRACE.trace_id}-{TRACE.span_id}-{flags}")
        assert (found.sampled, found.parent_id) == (sampled, TRACE.span_id)


def test_a_collector_that_fails_loses_spans_and_stops_nothing(collector: Collector) -> None:
    collector.status = 500
    spans.ended(TRACE, "lost", Kind.SERVER, 0.1)
    until(lambda: collector.bodies, 5)
    collector.status = 200
    spans.ended(TRACE, "next", Kind.SERVER, 0.1)
    until(lambda: [span.name for span in collector.spans] == ["lost", "next"], 5)


def test_spans_that_wait_are_bounded() -> None:
    exporter = SpanExporter("http://127.0.0.1:1", 1.0, "inference")
    for number in range(2 * WAITING_MAX):
        exporter.add({"number": number})
    assert len(exporter._waiting) <= WAITING_MAX


@pytest.mark.parametrize("endpoint", ["", "collector:4318", "file:///etc/passwd", "grpc://collector"])
def test_without_an_address_of_http_nothing_is_exported(endpoint: str) -> None:
    assert from_environment({"MAAS_TRACE_ENDPOINT": endpoint}) is None


def test_the_service_is_the_function_s_or_the_gateway_s() -> None:
    found = from_environment({"MAAS_TRACE_ENDPOINT": "http://c:4318", "POWERTOOLS_SERVICE_NAME": "auth"})
    assert found
    assert (found._service, found.ratio) == ("auth", 1.0)
