"""`maas predict`."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import click

from maas_client.answers import Batch, Prediction
from maas_client.cli.operations import App, operation
from maas_client.cli.rows import Rows, answered, as_csv, parsed_rows, read_rows
from maas_client.errors import FileError
from maas_client.references import Reference

_AT_ONCE = 4


@operation(
    None,
    "predict",
    "maas predict iris '[5.1, 3.5, 1.4, 0.2]'",
    "maas predict iris@production --input flowers.csv --as-lists --format csv",
)
@click.argument("reference")
@click.argument("values", required=False)
@click.option("--input", "path", help="A file of rows, JSON or CSV; - is stdin.")
@click.option("--input-format", type=click.Choice(["json", "csv"]), help="Default: by the file's name.")
@click.option("--as-lists", is_flag=True, help="Send CSV rows in the order of the file, without the names of columns.")
@click.option("--format", "shown", type=click.Choice(["table", "json", "csv"]), help="Default: table on a terminal.")
@click.option("--batch", type=click.IntRange(1, 10_000), default=500, show_default=True, help="Rows of one request.")
@click.option("--output", "outputs", multiple=True, help="An output to compute; the first one is the prediction.")
def predict(
    app: App,
    reference: str,
    values: str | None,
    path: str | None,
    input_format: str | None,
    as_lists: bool,
    shown: str | None,
    batch: int,
    outputs: tuple[str, ...],
) -> None:
    """Run a version of a model. VALUES is one row or a list of rows, as JSON."""
    if (values is None) == (path is None):
        raise click.UsageError("give the values, or --input")
    rows = _given(values) if path is None else read_rows(path, input_format, as_lists=as_lists)
    found = Reference.parse(reference)

    def call(part: Rows) -> Batch | Prediction:
        return app.client.inference.predict_batch(
            found.model,
            None if part.records else part.values,
            records=part.values if part.records else None,
            version=found.ref,
            outputs=outputs or None,
        )

    first, *rest = rows.batches(batch)
    answers = [call(first)]  # alone: a mistake in all rows is one error, and not four
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers += pool.map(call, rest)
    _show(app, [*answered(answers)], shown or ("table" if sys.stdout.isatty() else "json"))


def _given(values: str | None) -> Rows:
    try:
        return parsed_rows(values or "")
    except ValueError as error:
        raise FileError(f"the values are not JSON: {error}") from None


def _show(app: App, rows: list[dict[str, object]], kind: str) -> None:
    if kind == "csv":
        click.echo(as_csv(rows), nl=False)
    elif kind == "json":
        for row in rows:
            click.echo(json.dumps(row))
    else:
        app.output.table([*rows[0]], [["" if value is None else str(value) for value in row.values()] for row in rows])
