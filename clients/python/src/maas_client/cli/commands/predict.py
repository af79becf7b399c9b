"""`maas predict`."""

import json
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import click

from maas_client.answers import Batch, Prediction
from maas_client.cli.answered import SHOWN, answered, cells, csv_line
from maas_client.cli.completions import model_names
from maas_client.cli.operations import App, operation
from maas_client.cli.refused_rows import refused_row
from maas_client.cli.rows import FORMATS, Rows, as_inputs, given_rows, read_rows
from maas_client.errors import ApiError, InvalidInput
from maas_client.references import Reference

Answer = Batch | Prediction


@operation(
    None,
    "predict",
    "maas predict iris '[5.1, 3.5, 1.4, 0.2]'",
    "maas predict iris@production --input flowers.csv --as-lists --format csv",
    "maas predict iris --input flowers.parquet --as-lists --batch 1000 --parallel 8 -q",
    "maas predict iris@production '[5.1, 3.5, 1.4, 0.2]' --key ada",
    """maas predict iris '{"x": [[5.1, 3.5, 1.4, 0.2]]}' --by-input""",
)
@click.argument("reference", shell_complete=model_names)
@click.argument("values", required=False)
@click.option("--input", "path", help="A file of rows, JSON, NDJSON, CSV or Parquet; - is stdin.")
@click.option("--input-format", type=click.Choice(FORMATS), help="Default: by the file's name.")
@click.option("--as-lists", is_flag=True, help="Send rows in the order of the columns, without their names.")
@click.option("--by-input", is_flag=True, help="The values are one object, with the array of each input by its name.")
@click.option("--format", "shown", type=click.Choice(["table", "json", "csv"]), help="Default: table on a terminal.")
@click.option("--batch", type=click.IntRange(1, 10_000), default=500, show_default=True, help="Rows of one request.")
@click.option("--parallel", type=click.IntRange(1, 64), default=4, show_default=True, help="Requests at once.")
@click.option(
    "--key", metavar="[FIELD=]VALUE", help="Keeps the call on its side of a rollout that is sticky by a query field."
)
@click.option("--output", "outputs", multiple=True, help="An output to compute; the first one is the prediction.")
def predict(
    app: App,
    reference: str,
    values: str | None,
    path: str | None,
    input_format: str | None,
    as_lists: bool,
    by_input: bool,
    shown: str | None,
    batch: int,
    parallel: int,
    key: str | None,
    outputs: tuple[str, ...],
) -> None:
    """Run a version of a model. VALUES is one row or a list of rows, as JSON; -q writes predictions alone."""
    if (values is None) == (path is None):
        raise click.UsageError("give the values, or --input")
    if values is not None:
        rows = given_rows(values, by_input=by_input)
    else:
        rows = read_rows(path or "", input_format, as_lists=as_lists)
        rows = as_inputs(rows) if by_input else rows
    found = Reference.parse(reference)

    def call(part: Rows) -> Answer:
        return app.client.inference.predict_batch(
            found.model,
            **part.question(),
            version=found.ref,
            outputs=outputs or None,
            route_by=_routed_by(key),
        )

    name = {None: "", "-": "stdin, "}.get(path, f"{path}, ")
    answers = _in_order(lambda part: _told(call, part, rows, name), rows.batches(batch), parallel)
    _show(app, (row for answer in answers for row in answered(answer)), shown)


def _told(call: Callable[[Rows], Answer], part: Rows, rows: Rows, name: str) -> Answer:
    """Returns the answer for a part of the rows. An error tells its rows, and a refusal the one row that is wrong."""
    try:
        return call(part)
    except ApiError as error:
        row = refused_row(part, error, call) if isinstance(error, InvalidInput) and len(rows.values) > 1 else None
        if row:
            refused, its_error = row
            its_error.args = (f"{name}{refused.place}: {its_error}",)
            raise its_error from None
        if len(rows.values) > len(part.values):
            error.args = (f"rows {part.first} to {part.last}: {error}",)
        raise


def _in_order(call: Callable[[Rows], Answer], parts: Iterator[Rows], parallel: int) -> Iterator[Answer]:
    """Yields the answers in the order of the parts. At most twice as many as are under way wait to be read."""
    yield call(next(parts))  # alone: a mistake in all rows is one error, and not several
    with ThreadPoolExecutor(parallel) as pool:
        waiting: deque[Future[Answer]] = deque()
        try:
            for part in parts:
                waiting.append(pool.submit(call, part))
                if len(waiting) >= 2 * parallel:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _routed_by(key: str | None) -> dict[str, str] | None:
    """The query field and its value: without a name it is the field that every rollout may be sticky by."""
    if key is None:
        return None
    name, sign, value = key.partition("=")
    return {name: value} if sign else {"routing_key": key}


def _show(app: App, rows: Iterable[dict[str, Any]], shown: str | None) -> None:
    """Writes rows as they come; a table once all are there, because its columns are as wide as their cells."""
    if app.output.quiet:
        for row in rows:
            app.output.lines(_text(row["prediction"]))
        return
    kind = shown or ("table" if sys.stdout.isatty() and not app.output.as_json else "json")
    if kind == "table":
        app.output.table([*SHOWN], map(cells, rows))
        return
    for number, row in enumerate(rows):
        if kind == "json":
            click.echo(json.dumps(row))
            continue
        del row["outputs"]  # of any depth, so no cell of a table
        if number == 0:
            app.output.lines(csv_line(row), nl=False)
        app.output.lines(csv_line(row.values()), nl=False)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
