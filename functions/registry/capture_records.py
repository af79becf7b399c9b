"""Captures as plain values, and back. The share is a text, because DynamoDB has no binary fractions."""

from collections.abc import Mapping
from typing import Any

from maas.domain.capturing.captures import Capture


def capture_values(capture: Capture) -> dict[str, Any]:
    return {
        "percent": repr(capture.percent),
        "redact": list(capture.redact),
        "keep_days": capture.keep_days,
        "outputs": capture.outputs,
    }


def capture_of(values: Mapping[str, Any]) -> Capture:
    return Capture(
        percent=float(values["percent"]),
        redact=tuple(values["redact"]),
        keep_days=int(values["keep_days"]),
        outputs=values["outputs"],
    )
