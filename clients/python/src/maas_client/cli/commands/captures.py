"""`maas capture`."""

from itertools import islice
from pathlib import Path

import click

from maas_client.answers import Capture
from maas_client.cli.completions import model_names
from maas_client.cli.operations import App, limit_option, operation, page_size


@click.group()
def capture() -> None:
    """Captures: predictions that are stored with their inputs, if a model's owner wants it."""


@operation(
    capture,
    "set",
    "maas capture set iris --percent 5",
    "maas capture set iris --percent 100 --redact age --redact name --keep-days 30 --outputs",
)
@click.argument("model", shell_complete=model_names)
@click.option("--percent", type=float, required=True, help="The share of predictions: more than 0, at most 100.")
@click.option("--redact", multiple=True, help="An input or feature whose values are left out.")
@click.option("--keep-days", type=click.Choice(["1", "7", "30", "90"]), help="How long files are kept; default: 7.")
@click.option("--outputs", is_flag=True, help="Store the answers too.")
def set_capture(
    app: App, model: str, percent: float, redact: tuple[str, ...], keep_days: str | None, outputs: bool
) -> None:
    """Have a share of a model's predictions stored with their inputs."""
    days = int(keep_days) if keep_days else None
    _show(app, app.client.captures.set(model, percent, redact=redact, keep_days=days, outputs=outputs))


@operation(capture, "show", "maas capture show iris")
@click.argument("model", shell_complete=model_names)
def show(app: App, model: str) -> None:
    """Show what is stored of a model's predictions."""
    _show(app, app.client.captures.get(model))


@operation(capture, "off", "maas capture off iris")
@click.argument("model", shell_complete=model_names)
def off(app: App, model: str) -> None:
    """Store nothing from now on. Files are removed an hour later."""
    app.client.captures.end(model)
    app.output.done(f"nothing is stored of predictions of {model} from now on")


@operation(capture, "list", "maas capture list iris", "maas capture list iris -q")
@click.argument("model", shell_complete=model_names)
@limit_option
def list_files(app: App, model: str, limit: int) -> None:
    """List files of captured predictions, the oldest first."""
    found = app.client.captures.files(model, limit=page_size(limit))
    app.output.records(islice(found, limit), ("created_at", "expires_at", "bytes", "name"), key="name")


@operation(capture, "pull", "maas capture pull iris --to captured")
@click.argument("model", shell_complete=model_names)
@click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Default: this folder."
)
def pull(app: App, model: str, folder: Path) -> None:
    """Fetch all files of captured predictions that are not in the folder yet."""
    found = app.client.captures.download(model, folder)
    many = "1 file is" if len(found) == 1 else f"{len(found)} files are"
    app.output.done(f"{many} in {folder}" if found else f"no predictions of {model} are stored")


def _show(app: App, found: Capture) -> None:
    app.output.record(found, key="model_id")
