"""Shadows as a message: JSON with the values and the answers in base64. contracts/shadowing.py reads it."""

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from maas.domain.shadowing.shadows import Shadow


def message(shadows: Sequence[Shadow]) -> str:
    return json.dumps({"shadows": [_shadow(each) for each in shadows]}, separators=(",", ":"))


def _shadow(shadow: Shadow) -> dict[str, Any]:
    return {
        "tenant_id": shadow.tenant_id,
        "model_id": shadow.model_id,
        "rollout_id": shadow.rollout_id,
        "candidate": shadow.candidate,
        "prediction_id": shadow.prediction_id,
        "at": shadow.at,
        "tolerance": {"absolute": shadow.tolerance.absolute, "relative": shadow.tolerance.relative},
        "values": [
            {"name": each.name, "dtype": each.dtype, "shape": each.shape, "data": _text(each.data)}
            for each in shadow.values
        ],
        "answer": [
            {
                "name": name,
                "form": each.form,
                "dtype": each.output.dtype,
                "shape": each.output.shape,
                "content": _text(each.output.content),
            }
            for name, each in shadow.answer.items()
        ],
    }


def _text(content: bytes) -> str:
    return b64encode(content).decode()
