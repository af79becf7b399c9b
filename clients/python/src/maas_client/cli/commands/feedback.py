"""`maas feedback`."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from maas_client.answers import ComparedVersion, Interval, PerformanceGroup
from maas_client.cli.completions import model_names
from maas_client.cli.operations import App, operation
from maas_client.cli.pictures import draw, png_option
from maas_client.cli.rows import FORMATS, read_rows

_BATCH = 1_000
_OUTCOMES = ("accepted", "replaced", "duplicate", "waiting", "unknown", "refused")
_COLUMNS = ("version", "of", "rows", "accuracy", "f1", "auc", "ece", "rmse", "mae")
_window = click.option("--window", help="How long before now, such as 24h (the default) or 7d.")


@click.group()
def feedback() -> None:
    """Feedback: what predictions should have been, and how good versions are by it."""


@operation(
    feedback,
    "send",
    "maas feedback send iris --id $PREDICTION_ID --label 1",
    "maas feedback send iris --input feedback.csv",
)
@click.argument("model", shell_complete=model_names)
@click.option("--id", "prediction_id", help="The id of the prediction.")
@click.option("--key", help="The key that you gave with the prediction.")
@click.option("--row", type=int, help="The row of the prediction, from 0.")
@click.option("--label", help="The true class: its name, or its index in digits.")
@click.option("--score", type=float, help="The true number of a regression.")
@click.option("--input", "file", help="A file of prediction_id or key, row, label or score: JSON, CSV or Parquet.")
@click.option("--input-format", type=click.Choice(FORMATS), help="Default: by the file's name.")
def send(
    app: App,
    model: str,
    prediction_id: str | None,
    key: str | None,
    row: int | None,
    label: str | None,
    score: float | None,
    file: str | None,
    input_format: str | None,
) -> None:
    """Tell what one prediction should have been, or those of a file."""
    of_one = (prediction_id, key, row, label, score)
    if (file is None) == all(value is None for value in of_one):
        raise click.UsageError("give a prediction with its label or score, or --input")
    if file is None:
        sent = app.client.feedback.send(
            model, prediction_id=prediction_id, key=key, row=row, label=_label(label), score=score
        )
        counts = Counter(sent.model_dump(include={*_OUTCOMES}))
    else:
        counts = _send_file(app, model, file, input_format)
    app.output.values(**{name: counts[name] for name in _OUTCOMES if counts[name]})


def _send_file(app: App, model: str, file: str, input_format: str | None) -> Counter[str]:
    rows = read_rows(file, input_format, as_lists=False)
    if not rows.records:
        raise click.UsageError("the file must have named columns")
    counts: Counter[str] = Counter()
    for part in rows.batches(_BATCH):
        sent = app.client.feedback.send_many(model, [_item(value) for value in part.values])
        counts += Counter(sent.model_dump(include={*_OUTCOMES}))
    return counts


def _item(record: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a file as an item; what it lacks is left out, and names are texts."""
    given = {name: value for name, value in record.items() if value is not None and value != ""}
    return {name: str(value) if name in ("prediction_id", "key") else value for name, value in given.items()}


def _label(text: str | None) -> str | int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else text


@operation(feedback, "performance", "maas feedback performance iris --window 7d --by segment --png iris.png")
@click.argument("model", shell_complete=model_names)
@_window
@click.option("--by", type=click.Choice(["version", "side", "segment"]), help="Default: version.")
@png_option
def performance(app: App, model: str, window: str | None, by: str | None, png: Path | None) -> None:
    """Show how good a model's predictions were."""
    found = app.client.feedback.performance(model, window=window, by=by)
    draw(app.output, png, found, model)
    if app.output.as_json or app.output.quiet:
        app.output.record(found, key="model_id")
        return
    app.output.table(_COLUMNS, [_row(group) for group in found.items])


@operation(feedback, "compare", "maas feedback compare iris 1.0.0 1.1.0 --window 7d")
@click.argument("model", shell_complete=model_names)
@click.argument("old")
@click.argument("new")
@_window
@png_option
def compare(app: App, model: str, old: str, new: str, window: str | None, png: Path | None) -> None:
    """Compare two versions, with intervals of 95 %."""
    found = app.client.feedback.compare(model, old, new, window=window)
    draw(app.output, png, found, model)
    if app.output.as_json or app.output.quiet:
        app.output.record(found, key="model_id")
        return
    app.output.values(
        old_accuracy=_accuracy(found.old),
        new_accuracy=_accuracy(found.new),
        accuracy_change=_interval(found.accuracy_change),
        mae_change=_interval(found.mae_change),
    )


def _row(group: PerformanceGroup) -> list[str]:
    labels, numbers = group.classification, group.regression
    segment = f"{group.segment.name}={group.segment.value}" if group.segment else ""
    rows = (labels.rows if labels else 0) + (numbers.rows if numbers else 0)
    shown = [labels.accuracy.estimate, labels.f1_macro, labels.auc, labels.ece] if labels else [None] * 4
    shown += [numbers.rmse, numbers.mae] if numbers else [None] * 2
    return [group.version, segment or group.side or "", str(rows), *map(_number, shown)]


def _accuracy(found: ComparedVersion) -> str:
    return _interval(found.classification.accuracy if found.classification else None)


def _interval(found: Interval | None) -> str:
    return f"{found.estimate:.4g} ({found.low:.4g} to {found.high:.4g})" if found else "no feedback"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
