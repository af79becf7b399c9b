"""Sketches as items of the table of monitoring.

- `SKETCH#<tenant>#<model>#<version>`, `minute#<start>#<process>#<flush>#<part>`: one flush of one process
- the same, `hour#<start>##<part>` and `day#<start>##<part>`: rollups
- `MEASURED#<start of a day>`, `<tenant>#<model>#<version>`: the version was measured on that day

Starts are seconds since 1970, padded, so that they sort as texts. `expires` is the table's TTL.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.sketches import ColumnSketch, Moments, TopValues, VersionSketch
from maas.domain.monitoring.windows import Period
from maas.wire.model_traces import Trace, trace_items

# Bytes of JSON in one item, which DynamoDB limits to 400 KB. Compressed it has at most as many.
PART_MAX = 350_000


def partition(place: Place) -> str:
    return f"SKETCH#{place.tenant_id}#{place.model_id}#{place.version}"


def sort_key(period: Period, start: int) -> str:
    return f"{period}#{max(start, 0):012d}#"


def day_partition(day: int) -> str:
    return f"MEASURED#{day:012d}"


def noted_item(day: int, place: Place) -> dict[str, Any]:
    """The item that says that a version was measured on a day. It is kept for as long as minutes."""
    key = {"pk": day_partition(day), "sk": f"{place.tenant_id}#{place.model_id}#{place.version}"}
    return {**key, "expires": day + Period.DAY.seconds + Period.MINUTE.kept}


def noted_place(item: Mapping[str, Any]) -> Place:
    return Place(*item["sk"].split("#", 2))


def traced_item(kind: Trace, place: Place, expires: int | None = None) -> dict[str, Any]:
    """The item that says that the model has sketches, or a baseline, of a version, and so what surveys make of them."""
    partitions = [partition(place), report_partition(place), drift_partition(place)]
    [found] = trace_items(place.tenant_id, place.model_id, kind, place.version, partitions, expires)
    return found


def report_partition(place: Place) -> str:
    return f"REPORT#{place.tenant_id}#{place.model_id}#{place.version}"


def drift_partition(place: Place) -> str:
    return f"DRIFT#{place.tenant_id}#{place.model_id}#{place.version}"


def flush_items(flush: Flush) -> Iterator[dict[str, Any]]:
    """The items of a flush: one, or more if it has too many columns for one."""
    for number, part in enumerate(_parts(flush.sketch)):
        yield {
            "pk": partition(flush.place),
            "sk": f"{sort_key(flush.period, flush.start)}{flush.source}#{number:02d}",
            "sketch": zlib.compress(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode(), 1),
            "expires": flush.start + flush.period.seconds + flush.period.kept,
        }


def flush_of(place: Place, item: Mapping[str, Any]) -> Flush:
    period, start, source = item["sk"].split("#", 2)
    sketch = json.loads(zlib.decompress(bytes(item["sketch"])))
    return Flush(place, Period(period), int(start), source.rpartition("#")[0], sketch_of(sketch))


def _parts(sketch: VersionSketch) -> Iterator[dict[str, Any]]:
    """The sketch as values of JSON of at most PART_MAX bytes. The first one has the number of rows."""
    part: dict[str, Any] = {"calls": sketch.calls, "rows": sketch.rows, "inputs": {}, "outputs": {}}
    size = 0
    inputs = (("inputs", *each) for each in sketch.inputs.items())
    outputs = (("outputs", *each) for each in sketch.outputs.items())
    for side, name, column in chain(inputs, outputs):
        values = column_values(column)
        added = len(json.dumps({name: values}, ensure_ascii=False).encode())
        if size + added > PART_MAX:
            yield part
            part, size = {"calls": 0, "rows": 0, "inputs": {}, "outputs": {}}, 0
        part[side][name] = values
        size += added
    yield part


def sketch_values(sketch: VersionSketch) -> dict[str, Any]:
    """A whole sketch as a value of JSON."""
    return {
        "calls": sketch.calls,
        "rows": sketch.rows,
        "inputs": {name: column_values(each) for name, each in sketch.inputs.items()},
        "outputs": {name: column_values(each) for name, each in sketch.outputs.items()},
    }


def sketch_of(values: Mapping[str, Any]) -> VersionSketch:
    return VersionSketch(
        calls=values["calls"],
        rows=values["rows"],
        inputs={name: column_of(each) for name, each in values["inputs"].items()},
        outputs={name: column_of(each) for name, each in values["outputs"].items()},
    )


def column_values(column: ColumnSketch) -> dict[str, Any]:
    found: dict[str, Any] = {"count": column.count, "missing": column.missing}
    if column.moments.count:
        each = column.moments
        found["moments"] = [each.count, each.mean, each.squares, each.low, each.high]
    if column.quantiles:
        found["quantiles"] = b64encode(column.quantiles).decode()
    if column.values.counts or column.values.error:  # without the error, no counts would claim to be all
        found["values"], found["error"] = dict(column.values.counts), column.values.error
    return found


def column_of(values: Mapping[str, Any]) -> ColumnSketch:
    return ColumnSketch(
        count=values["count"],
        missing=values["missing"],
        moments=Moments(*values.get("moments", ())),
        quantiles=b64decode(values.get("quantiles", "")),
        values=TopValues(values.get("values", {}), values.get("error", 0)),
    )
