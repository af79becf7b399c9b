"""`maas service-accounts`."""

from itertools import islice

import click

from maas_client.cli.operations import App, limit_option, operation, page_size

_COLUMNS = ("name", "roles", "disabled", "created_at", "id")


@click.group("service-accounts")
def service_accounts() -> None:
    """Service accounts: members for programs, whose keys outlive the people who make them."""


@operation(service_accounts, "create", "maas service-accounts create release --role developer -q")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, help="developer, invoker or viewer.")
def create(app: App, name: str, roles: tuple[str, ...]) -> None:
    """Make a service account."""
    app.output.record(app.client.service_accounts.create(name, roles), key="id")


@operation(service_accounts, "list", "maas service-accounts list")
@limit_option
def list_accounts(app: App, limit: int) -> None:
    """List the service accounts."""
    found = app.client.service_accounts.list(limit=page_size(limit))
    app.output.records(islice(found, limit), _COLUMNS, key="id")


@operation(service_accounts, "show", "maas service-accounts show $ACCOUNT_ID")
@click.argument("account_id")
def show(app: App, account_id: str) -> None:
    """Show a service account."""
    app.output.record(app.client.service_accounts.get(account_id), key="id")


@operation(service_accounts, "update", "maas service-accounts update $ACCOUNT_ID --role viewer --role invoker")
@click.argument("account_id")
@click.option("--name")
@click.option("--role", "roles", multiple=True, help="The roles from now on.")
@click.option("--disable/--enable", "disabled", default=None, help="Refuse its credentials, or accept them.")
def update(app: App, account_id: str, name: str | None, roles: tuple[str, ...], disabled: bool | None) -> None:
    """Change a service account."""
    changed = app.client.service_accounts.update(account_id, name=name, roles=roles or None, disabled=disabled)
    app.output.record(changed, key="id")


@operation(service_accounts, "delete", "maas service-accounts delete $ACCOUNT_ID --yes")
@click.argument("account_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(app: App, account_id: str, yes: bool) -> None:
    """Delete a service account and its keys."""
    app.confirm(f"Delete the service account {account_id} and its keys?", yes=yes)
    app.client.service_accounts.delete(account_id)
    app.output.done(f"deleted {account_id}")
