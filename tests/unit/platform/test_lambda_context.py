"""Fields of Lambda's context in log lines."""

import json
from types import SimpleNamespace
from typing import Any

from maas.platform.observability import in_context, logger
from tests.support.captured_logs import logged
from tests.support.http_gateway import CONTEXT


def _handler(event: dict[str, Any], _context: Any) -> str:
    logger.info("a line", number=event["number"])
    return "done"


def test_each_call_has_its_own_request_id_in_all_lines() -> None:
    handler = in_context(_handler)
    contexts = [SimpleNamespace(**{**vars(CONTEXT), "aws_request_id": f"call-{number}"}) for number in range(3)]
    other = SimpleNamespace(**{**vars(CONTEXT), "invoked_function_arn": "arn:other", "function_name": "other"})

    with logged() as lines:
        for number, context in enumerate([*contexts, other]):
            assert handler({"number": number}, context) == "done"
    found = [json.loads(line) for line in lines().splitlines()]

    assert [line["number"] for line in found] == [0, 1, 2, 3]
    assert [line["function_request_id"] for line in found[:3]] == ["call-0", "call-1", "call-2"]
    assert [line["function_name"] for line in found] == [*["function"] * 3, "other"]
    assert [line["cold_start"] for line in found[1:]] == [False] * 3
    assert {line["function_memory_size"] for line in found} == {512}
