"""Sketches as items, and back."""

from maas.domain.monitoring.sketches import ColumnSketch, TopValues, VersionSketch
from maas.wire.monitoring import sketch_of, sketch_values


def test_a_column_whose_values_were_all_dropped_keeps_their_error() -> None:
    values = TopValues.of({f"user {place}": 1 for place in range(70)})
    sketch = VersionSketch(calls=1, rows=70, inputs={"user": ColumnSketch(count=70, values=values)})
    assert (values.counts, values.error) == ({}, 1)
    assert sketch_of(sketch_values(sketch)) == sketch
