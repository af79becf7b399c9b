"""`maas alias`."""

from itertools import islice

import click

from maas_client.cli.alias_places import AliasPlace, place_argument
from maas_client.cli.completions import model_names
from maas_client.cli.operations import App, limit_option, operation, page_size
from maas_client.errors import PreconditionRequired

_COLUMNS = ("alias", "version", "moved_at", "revision")
_MOVES = ("moved_at", "kind", "from_version", "to_version", "reason", "moved_by")


@click.group()
def alias() -> None:
    """Aliases: names that you move from version to version."""


@operation(
    alias,
    "set",
    "maas alias set iris@production 1.0.0 --reason 'First release'",
    "maas alias set iris@production ^1 --move",
)
@place_argument("VERSION")
@click.option("--reason", help="Why it moves.")
@click.option("--move", is_flag=True, help="Move an alias that exists, whatever its revision.")
@click.option("--revision", type=int, help="Move it only if it is still at this revision.")
def set_alias(app: App, place: AliasPlace, reason: str | None, move: bool, revision: int | None) -> None:
    """Create an alias, or move it."""
    model, name = place.model, place.alias
    at = revision if revision is not None else "*" if move else None
    try:
        moved = app.client.aliases.set(model, name, *place.rest, reason=reason, revision=at)
    except PreconditionRequired as error:
        found = [each.version for each in app.client.aliases.list(model) if each.alias == name]
        version = found[0] if found else "another version"
        error.args = (f"{name} points at {version}: give --move to point it elsewhere",)
        raise
    app.output.record(moved, key="version")


@operation(alias, "list", "maas alias list iris")
@click.argument("model", shell_complete=model_names)
def list_aliases(app: App, model: str) -> None:
    """List the aliases of a model."""
    app.output.records(app.client.aliases.list(model), _COLUMNS, key="alias")


@operation(alias, "history", "maas alias history iris@production")
@place_argument()
@limit_option
def history(app: App, place: AliasPlace, limit: int) -> None:
    """List the moves of an alias, the newest first."""
    found = app.client.aliases.history(place.model, place.alias, limit=page_size(limit))
    app.output.records(islice(found, limit), _MOVES, key="to_version")


@operation(alias, "rollback", "maas alias rollback iris@production --reason 'Callers miss an output'")
@place_argument()
@click.option("--reason")
def rollback(app: App, place: AliasPlace, reason: str | None) -> None:
    """Point an alias at the version before its last move."""
    app.output.record(app.client.aliases.rollback(place.model, place.alias, reason=reason), key="version")


@operation(alias, "delete", "maas alias delete iris@staging --yes")
@place_argument()
@click.option("--reason")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(app: App, place: AliasPlace, reason: str | None, yes: bool) -> None:
    """Delete an alias. Its history stays."""
    app.confirm(f"Delete the alias {place.alias} of {place.model}?", yes=yes)
    app.client.aliases.delete(place.model, place.alias, reason=reason)
    app.output.done(f"deleted {place.model}@{place.alias}")
