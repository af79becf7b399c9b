"""What rows of data come to, column by column: the rows themselves are not sent."""

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from anyio import to_thread

from maas_client.answers import Version
from maas_client.errors import BadArgument

# As the API takes them: docs/api/monitoring.md.
_QUANTILES, _VALUES = 201, 64
# Characters by which figures tell texts apart.
_TEXT = 64
# Of a 32-bit float: figures have larger numbers as this one.
_LARGEST = 3.4028234663852886e38
_ROWS = "the rows of a baseline are a frame, a mapping of columns, records, or an array [rows, n]"


async def baseline_of(rows: Any, version: Callable[[], Awaitable[Version]]) -> dict[str, Any]:
    """Returns the body of a baseline of these rows. Raises BadArgument.

    `rows` is a data frame, a mapping of columns by name, a list of records, or an array [rows, n] in the order of the
    columns of the version, which is read for their names then.
    """
    columns = _named(rows)
    if columns is None:
        lists = _listed(rows)
        if not lists or not all(isinstance(row, list | tuple) for row in lists):
            raise BadArgument(_ROWS)
        names = column_names(await version(), len(lists[0]))
        if any(len(row) != len(names) for row in lists):
            raise BadArgument(f"the version has {len(names)} columns: {', '.join(names[:10])}")
        columns = {name: [row[place] for row in lists] for place, name in enumerate(names)}
    return await to_thread.run_sync(summarized, columns)


def summarized(columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Returns what columns come to. Raises BadArgument if they have no values, or not as many."""
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1 or not min(lengths):
        raise BadArgument("a baseline needs rows, and as many values in each column")
    return {"rows": lengths.pop(), "inputs": {name: _column(name, values) for name, values in columns.items()}}


def _named(rows: Any) -> dict[str, Sequence[Any]] | None:
    """Returns the columns of rows that name them."""
    if hasattr(rows, "columns") and hasattr(rows, "__getitem__"):
        return {str(name): _listed(rows[name]) for name in rows.columns}
    if isinstance(rows, Mapping):
        return {str(name): _listed(values) for name, values in rows.items()}
    if isinstance(rows, list) and rows and all(isinstance(row, Mapping) for row in rows):
        return {str(name): [row.get(name) for row in rows] for name in rows[0]}
    return None


def column_names(version: Version, width: int) -> list[str]:
    """Returns the names of the columns of a version, in their order, as monitoring shows them."""
    inputs = version.signature.inputs if version.signature else []
    if len(inputs) != 1:
        return [tensor.name for tensor in inputs]
    named = version.metadata.get("feature_names")
    if isinstance(named, list) and len(named) == width:
        return [str(name) for name in named]
    name = inputs[0].name
    return [name] if width == 1 else [f"{name}[{place}]" for place in range(width)]


def _listed(values: Any) -> list[Any]:
    for method in ("tolist", "to_list"):
        if hasattr(values, method):
            return list(getattr(values, method)())
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise BadArgument(_ROWS)
    return list(values)


def _column(name: str, values: Sequence[Any]) -> dict[str, Any]:
    there = [value for value in values if not _is_missing(value)]
    found: dict[str, Any] = {"count": len(there), "missing": len(values) - len(there)}
    if not there:
        return found
    if all(isinstance(value, str) for value in there):
        return {**found, "values": _top(Counter(value[:_TEXT] for value in there))}
    if all(isinstance(value, bool) for value in there):
        return {**found, "values": _top(Counter("true" if value else "false" for value in there))}
    try:
        numbers = sorted(min(max(float(value), -_LARGEST), _LARGEST) for value in there)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadArgument(f"the column {name} has neither numbers nor texts alone") from error
    whole = Counter(str(value) for value in there) if all(isinstance(value, int) for value in there) else None
    return {**found, **_moments(numbers), **({"values": _top(whole)} if whole and len(whole) <= _VALUES else {})}


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and not math.isfinite(value)


def _top(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:_VALUES])


def _moments(numbers: Sequence[float]) -> dict[str, Any]:
    """Returns what ascending numbers come to."""
    mean = math.fsum(numbers) / len(numbers)
    squares = math.fsum((number - mean) ** 2 for number in numbers)
    places = (min(int((each + 0.5) / _QUANTILES * len(numbers)), len(numbers) - 1) for each in range(_QUANTILES))
    return {
        "mean": mean,
        "deviation": math.sqrt(squares / len(numbers)),
        "minimum": numbers[0],
        "maximum": numbers[-1],
        "quantiles": [numbers[place] for place in places] if len(numbers) > _QUANTILES else list(numbers),
    }
