"""The values that a version is expected to meet: what its predictions are compared with."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maas.domain.catalog.versions import Version, is_prerelease, newer, sort_key
from maas.domain.errors import FieldError, InvalidInput, Rule, WrongState
from maas.domain.monitoring.columns import Columns, input_columns, output_columns
from maas.domain.monitoring.distributions import Distribution, single
from maas.domain.monitoring.sketches import VALUE_MAX, Moments, TopValues
from maas.domain.monitoring.summaries import ColumnSummary, VersionSummary
from maas.domain.tensor_rules import Family

# The sum of squares of as many numbers as a column may have is finite.
_DEVIATION_MAX = 1e140


class BaselineKind(StrEnum):
    """GIVEN: sent by a client. FIRST: the version's first predictions. PREVIOUS: those of the version before it.

    Without a choice, the first of these that there is is the baseline.
    """

    GIVEN = "given"
    FIRST = "first"
    PREVIOUS = "previous"


def version_before(number: str, measured: Iterable[str]) -> str | None:
    """The next lower version among those that were measured, without prereleases; None without one."""
    lower = [each for each in measured if not is_prerelease(each) and newer(number, each)]
    return max(lower, key=sort_key, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A baseline. `version` is the one whose values it has. `created_by` is empty for one that was measured."""

    kind: BaselineKind
    version: str
    summary: VersionSummary
    created_at: datetime
    created_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenColumn:
    """A column as a client sends it. `quantiles` are evenly spaced and ascending; `values` counts values by text."""

    count: int
    missing: int = 0
    mean: float = 0.0
    deviation: float = 0.0
    minimum: float = math.nan
    maximum: float = math.nan
    quantiles: Sequence[float] = ()
    values: Mapping[str, int]


def given_summary(
    version: Version, rows: int, inputs: Mapping[str, GivenColumn], outputs: Mapping[str, GivenColumn]
) -> VersionSummary:
    """The summary of a client's columns, as they are for the version's signature.

    Raises:
        WrongState: the version has no checked file yet.
        InvalidInput: a column is unknown, missing or not of the kind that the signature has; each with its field.
    """
    if version.artifact is None:
        raise WrongState.of("ref", f"version {version.version} is {version.state}: its columns are not known yet")
    known = _families(input_columns(version))
    problems = [
        *_named("inputs", known, inputs),
        *(each for each in _named("outputs", _families(output_columns(version)), outputs) if each.rule is Rule.UNKNOWN),
    ]
    families = {"inputs": known, "outputs": _families(output_columns(version))}
    if not problems:
        sides = (("inputs", inputs), ("outputs", outputs))
        problems = [
            problem
            for side, columns in sides
            for name, column in columns.items()
            for problem in _checked(f"{side}.{name[:64]}", families[side][name], column)
        ]
    if problems:
        raise InvalidInput(f"{problems[0].field}: {problems[0].message}", problems[:10])
    return VersionSummary(
        calls=0,
        rows=rows,
        inputs={name: _summary(families["inputs"][name], column) for name, column in inputs.items()},
        outputs={name: _summary(families["outputs"][name], column) for name, column in outputs.items()},
    )


def _families(columns: Sequence[Columns]) -> dict[str, Family]:
    return {name: each.family for each in columns for name in each.names}


def _named(side: str, known: Mapping[str, Family], given: Mapping[str, GivenColumn]) -> list[FieldError]:
    unknown = [
        FieldError(f"{side}.{name[:64]}", Rule.UNKNOWN, f"the version has no such column; it has {_listed(known)}")
        for name in given
        if name not in known
    ]
    missing = [
        FieldError(f"{side}.{name}", Rule.REQUIRED, "the version has this column")
        for name in known
        if name not in given
    ]
    return [*unknown, *missing]


def _listed(known: Mapping[str, Family]) -> str:
    names = [*known]
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _checked(field: str, family: Family, column: GivenColumn) -> list[FieldError]:
    """The rules that one column breaks."""
    found = list[FieldError]()
    if sum(column.values.values()) > column.count:
        found.append(FieldError(f"{field}.values", Rule.RANGE, "counts more values than there are"))
    numeric = family in (Family.FLOAT, Family.INTEGER)
    if numeric and column.count and not column.quantiles:
        found.append(FieldError(f"{field}.quantiles", Rule.REQUIRED, "the version's column has numbers"))
    if not numeric and column.quantiles:
        found.append(FieldError(f"{field}.quantiles", Rule.TYPE, "the version's column has no numbers"))
    if not numeric and column.count and not column.values:
        found.append(FieldError(f"{field}.values", Rule.REQUIRED, "the version's column has texts or booleans"))
    numbers = (*column.quantiles, column.mean, column.deviation)
    bounds = (column.minimum, column.maximum) if column.quantiles else ()
    if not all(map(math.isfinite, (*numbers, *bounds))):
        found.append(FieldError(field, Rule.FINITE, "must have finite numbers, with minimum and maximum"))
    elif list(column.quantiles) != sorted(column.quantiles):
        found.append(FieldError(f"{field}.quantiles", Rule.ORDER, "must not fall"))
    elif column.quantiles and not column.minimum <= column.quantiles[0]:
        found.append(FieldError(f"{field}.minimum", Rule.ORDER, "must not be more than the quantiles"))
    elif column.quantiles and not column.quantiles[-1] <= column.maximum:
        found.append(FieldError(f"{field}.maximum", Rule.ORDER, "must not be less than the quantiles"))
    return found


def _by_text(values: Mapping[str, int]) -> dict[str, int]:
    """The counts by the characters that sketches keep of a text: several values may begin with the same ones."""
    counts: dict[str, int] = {}
    for value, count in values.items():
        counts[value[:VALUE_MAX]] = counts.get(value[:VALUE_MAX], 0) + count
    return counts


def _summary(family: Family, column: GivenColumn) -> ColumnSummary:
    points = single(column.quantiles)
    squares = min(column.deviation, _DEVIATION_MAX) ** 2 * column.count
    # Sketches count no values of floats.
    counts = {} if family is Family.FLOAT else _by_text(column.values)
    complete = sum(counts.values()) == column.count
    return ColumnSummary(
        count=column.count,
        missing=column.missing,
        moments=Moments(column.count, column.mean, squares, column.minimum, column.maximum) if points else Moments(),
        distribution=Distribution(points, column.count, 0.5 / len(points)) if points else None,
        # Counts that do not add up are of the most frequent values alone.
        values=TopValues(counts, 0 if complete else max(min(counts.values(), default=0), 1)) if counts else TopValues(),
    )
