"""`maas keys`."""

from datetime import datetime, timezone
from itertools import islice

import click

from maas_client.cli.operations import App, limit_option, operation, page_size

_COLUMNS = ("id", "name", "scopes", "models", "expires_at", "last_used_at")


@click.group()
def keys() -> None:
    """API keys: credentials for programs."""


@operation(keys, "list", "maas keys list")
@limit_option
def list_keys(app: App, limit: int) -> None:
    """List the keys that you manage."""
    found = app.client.api_keys.list(limit=page_size(limit))
    app.output.records(islice(found, limit), _COLUMNS, key="id")


@operation(keys, "create", "maas keys create app --scope inference:invoke --model iris:^1 -q")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="Such as models:read or inference:invoke.")
@click.option("--model", "models", multiple=True, help="Narrow it to a model, with a range behind it: iris:^1.")
@click.option("--network", "networks", multiple=True, help="A network from which it may be used.")
@click.option("--expires", type=click.DateTime(), help="When it ends, in UTC.")
@click.option("--service-account", help="The id of the service account that it acts for.")
def create(
    app: App,
    name: str,
    scopes: tuple[str, ...],
    models: tuple[str, ...],
    networks: tuple[str, ...],
    expires: datetime | None,
    service_account: str | None,
) -> None:
    """Make a key. Its text is shown once; -q writes it alone."""
    narrowed = {app.client.models.get(model).id: ref for model, _, ref in (each.partition(":") for each in models)}
    made = app.client.api_keys.create(
        name,
        scopes,
        models=narrowed or None,
        networks=networks or None,
        expires_at=expires and expires.replace(tzinfo=timezone.utc),
        service_account_id=service_account,
    )
    app.output.record(made, key="key")


@operation(keys, "show", "maas keys show $KEY_ID")
@click.argument("key_id")
def show(app: App, key_id: str) -> None:
    """Show a key, without its text."""
    app.output.record(app.client.api_keys.get(key_id), key="id")


@operation(keys, "rotate", "maas keys rotate $KEY_ID --grace 3600 -q")
@click.argument("key_id")
@click.option("--grace", type=int, help="Seconds for which the secret before is accepted; default: a day.")
def rotate(app: App, key_id: str, grace: int | None) -> None:
    """Give a key a new secret. Its text is shown once."""
    app.output.record(app.client.api_keys.rotate(key_id, grace_seconds=grace), key="key")


@operation(keys, "delete", "maas keys delete $KEY_ID --yes")
@click.argument("key_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(app: App, key_id: str, yes: bool) -> None:
    """Revoke a key."""
    app.confirm(f"Revoke the key {key_id}?", yes=yes)
    app.client.api_keys.delete(key_id)
    app.output.done(f"revoked {key_id}")
