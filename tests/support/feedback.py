"""Kept predictions for tests of feedback."""

from typing import Any

from maas.domain.feedback.kept import Kept, KeptRow
from maas.domain.feedback.places import ModelPlace
from maas.domain.ids import new_id

PLACE = ModelPlace("acme", "01939e4c-7d2a-7d00-8000-000000000001")


def kept_of(*rows: KeptRow, at: float, **fields: Any) -> Kept:
    """A kept prediction of the model of PLACE, by default of version 1.0.0."""
    known = {"version": "1.0.0", "prediction_id": new_id(), "model_id": PLACE.model_id, **fields}
    return Kept(tenant_id=PLACE.tenant_id, at=at, rows=rows, **known)
