"""`maas versions`."""

from itertools import islice

import click

from maas_client.cli.completions import model_names
from maas_client.cli.operations import App, limit_option, operation, page_size
from maas_client.references import Reference

_COLUMNS = ("version", "state", "size", "published_at", "changelog", "failure")
_CHANGELOG = ("version", "state", "published_at", "changelog", "forced")


@click.group()
def versions() -> None:
    """Versions of a model: list, show, publish, warm, deprecate, delete, diff, changelog."""


def _number(reference: str, version: str | None) -> tuple[str, str]:
    """Returns model and number of `iris:1.0.0` or `iris 1.0.0`. A change needs the number itself."""
    found = Reference.parse(reference)
    if (found.ref is None) == (version is None):
        raise click.UsageError(f"name the version once: {found.model}:1.0.0")
    return found.model, found.ref or version or ""


@operation(versions, "list", "maas versions list iris")
@click.argument("model", shell_complete=model_names)
@limit_option
def list_versions(app: App, model: str, limit: int) -> None:
    """List the versions of a model, the highest first."""
    found = app.client.versions.list(model, limit=page_size(limit))
    app.output.records(islice(found, limit), _COLUMNS, key="version")


@operation(versions, "show", "maas versions show iris:^1", "maas versions show iris@production")
@click.argument("reference", shell_complete=model_names)
def show(app: App, reference: str) -> None:
    """Show the version that a reference means now."""
    found = Reference.parse(reference)
    ref = found.ref or app.client.models.get(found.model).default_ref
    app.output.record(app.client.versions.get(found.model, ref), key="version")


@operation(versions, "publish", "maas versions publish iris:1.0.0")
@click.argument("reference", shell_complete=model_names)
@click.argument("version", required=False)
@click.option("--force-reason", help="Publish it although it breaks callers, for this reason.")
def publish(app: App, reference: str, version: str | None, force_reason: str | None) -> None:
    """Publish a version that is ready."""
    model, number = _number(reference, version)
    app.output.record(app.client.versions.publish(model, number, force_reason=force_reason), key="version")


@operation(versions, "warm", "maas versions warm iris@production")
@click.argument("reference", shell_complete=model_names)
def warm(app: App, reference: str) -> None:
    """Load a version before its first prediction, and run the samples of its metadata."""
    found = Reference.parse(reference)
    ref = found.ref or app.client.models.get(found.model).default_ref
    app.output.record(app.client.inference.warm(found.model, ref), key="version")


@operation(versions, "deprecate", "maas versions deprecate iris:1.0.0")
@click.argument("reference", shell_complete=model_names)
@click.argument("version", required=False)
def deprecate(app: App, reference: str, version: str | None) -> None:
    """Take a version out of service for new callers."""
    model, number = _number(reference, version)
    app.output.record(app.client.versions.deprecate(model, number), key="version")


@operation(versions, "delete", "maas versions delete iris:1.2.0-rc.1 --yes")
@click.argument("reference", shell_complete=model_names)
@click.argument("version", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(app: App, reference: str, version: str | None, yes: bool) -> None:
    """Delete a version that was never published."""
    model, number = _number(reference, version)
    app.confirm(f"Delete version {number} of {model}?", yes=yes)
    app.client.versions.delete(model, number)
    app.output.done(f"deleted {model}:{number}")


@operation(versions, "diff", "maas versions diff iris 1.0.0 1.1.0")
@click.argument("model", shell_complete=model_names)
@click.argument("from_", metavar="FROM")
@click.argument("to")
def diff(app: App, model: str, from_: str, to: str) -> None:
    """Compare two versions."""
    app.output.record(app.client.versions.diff(model, from_, to), key="model_id")


@operation(versions, "changelog", "maas versions changelog iris")
@click.argument("model", shell_complete=model_names)
@click.option("--from", "from_", help="The version above which the list begins.")
@click.option("--to", help="The version at which it ends; default: the latest.")
def changelog(app: App, model: str, from_: str | None, to: str | None) -> None:
    """List what changed from version to version."""
    found = app.client.versions.changelog(model, from_=from_, to=to)
    app.output.records(found.items, _CHANGELOG, key="version")
