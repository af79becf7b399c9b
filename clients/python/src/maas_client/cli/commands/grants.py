"""`maas grants`."""

from itertools import islice

import click

from maas_client.cli.completions import model_names
from maas_client.cli.operations import App, limit_option, operation, page_size

_COLUMNS = ("subject", "kind", "role", "granted_at")
_HELD = ("model_id", "role", "kind", "tenant_id", "granted_at")
_KINDS = click.Choice(["user", "service_account", "key", "organization"])
_HOLDERS = click.Choice(["user", "organization"])


@click.group()
def grants() -> None:
    """Grants: share one model with a user, a service account, a key or another organization."""


@operation(grants, "set", "maas grants set iris $USER_ID invoker --kind user")
@click.argument("model", shell_complete=model_names)
@click.argument("subject")
@click.argument("role", type=click.Choice(["viewer", "invoker", "developer"]))
@click.option("--kind", type=_KINDS, required=True, help="The kind of the subject, which is given by its id.")
def set_grant(app: App, model: str, subject: str, role: str, kind: str) -> None:
    """Give a role on a model, or another one."""
    app.output.record(app.client.grants.set(model, subject, role, kind), key="subject")


@operation(grants, "list", "maas grants list iris")
@click.argument("model", shell_complete=model_names)
@limit_option
def list_grants(app: App, model: str, limit: int) -> None:
    """List the grants on a model."""
    found = app.client.grants.list(model, limit=page_size(limit))
    app.output.records(islice(found, limit), _COLUMNS, key="subject")


@operation(grants, "delete", "maas grants delete iris $USER_ID --yes")
@click.argument("model", shell_complete=model_names)
@click.argument("subject")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(app: App, model: str, subject: str, yes: bool) -> None:
    """Take a role away."""
    app.confirm(f"Take the role of {subject} on {model} away?", yes=yes)
    app.client.grants.delete(model, subject)
    app.output.done(f"deleted the grant of {subject}")


@operation(grants, "held", "maas grants held --holder organization")
@click.option("--holder", type=_HOLDERS, help="Default: user, which is yourself.")
@limit_option
def held(app: App, holder: str | None, limit: int) -> None:
    """List the roles on models of others that you have, or your organization."""
    found = app.client.grants.held(holder=holder, limit=page_size(limit))
    app.output.records(islice(found, limit), _HELD, key="model_id")


@operation(grants, "give-back", "maas grants give-back $MODEL_ID --holder organization --yes")
@click.argument("model_id")
@click.option("--holder", type=_HOLDERS, help="Default: user, which is yourself.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def give_back(app: App, model_id: str, holder: str | None, yes: bool) -> None:
    """Give back your own role on a model, or that of your organization."""
    app.confirm(f"Give back the role on {model_id}?", yes=yes)
    app.client.grants.give_back(model_id, holder=holder)
    app.output.done(f"gave back the role on {model_id}")
