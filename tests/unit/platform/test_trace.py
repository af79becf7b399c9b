"""The header traceparent by W3C Trace Context: continued traces and new ones."""

import pytest

from maas.platform.trace import Trace, continued

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "sampled"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f"00-{TRACE}-{PARENT}-00", False),
        (f"00-{TRACE}-{PARENT}-03", True),
        (f"cc-{TRACE}-{PARENT}-01", True),
        (f"cc-{TRACE}-{PARENT}-01-what-the-future-brings", True),
    ],
)
def test_a_valid_header_is_continued_with_a_new_span(header: str, sampled: bool) -> None:
    found = continued(header)
    assert (found.trace_id, found.sampled) == (TRACE, sampled)
    assert found.span_id != PARENT
    assert continued(found.parent).trace_id == TRACE


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-01-more",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{PARENT}-01\n",
        f" 00-{TRACE}-{PARENT}-01",
    ],
)
def test_a_malformed_header_starts_a_new_trace(header: str) -> None:
    first, second = continued(header), continued(header)
    assert TRACE not in (first.trace_id, second.trace_id)
    assert first.trace_id != second.trace_id
    assert continued(first.parent).trace_id == first.trace_id


def test_the_sent_header_names_our_span() -> None:
    assert Trace(TRACE, PARENT, sampled=True).parent == f"00-{TRACE}-{PARENT}-01"
    assert Trace(TRACE, PARENT).parent == f"00-{TRACE}-{PARENT}-00"
