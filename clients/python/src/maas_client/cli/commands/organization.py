"""`maas audit` and `maas usage`."""

from datetime import datetime, timezone
from itertools import islice

import click

from maas_client.cli.operations import App, limit_option, operation, page_size

_RECORDS = ("time", "action", "object", "changed", "sequence")


@click.group()
def audit() -> None:
    """The audit log: who changed what."""


@operation(audit, "list", "maas audit list --action ModelCreated --limit 10")
@click.option("--actor", help="The id of a member or service account.")
@click.option("--action", help="A type of event, such as ModelCreated.")
@click.option("--object", "object_", help="An object and all below it, such as model/ID.")
@click.option("--since", type=click.DateTime(), help="The earliest time, in UTC.")
@limit_option
def list_records(
    app: App, actor: str | None, action: str | None, object_: str | None, since: datetime | None, limit: int
) -> None:
    """List records, the newest first."""
    start = since and since.replace(tzinfo=timezone.utc)
    found = app.client.audit.list(actor=actor, action=action, object_=object_, start=start, limit=page_size(limit))
    app.output.records(islice(found, limit), _RECORDS, key="id")


@operation(audit, "head", "maas audit head --json")
def head(app: App) -> None:
    """Show the signed head of the log, to be kept elsewhere."""
    app.output.record(app.client.audit.head(), key="hash")


@operation(None, "usage", "maas usage")
def usage(app: App) -> None:
    """Show what the organization uses of its quotas, and what is left of your requests."""
    found = app.client.usage.get()
    quotas = {
        name: f"{quota.use} of {'any' if quota.limit is None else quota.limit}" for name, quota in found.quotas.items()
    }
    left = {f"requests_of_{name}": f"{each.remaining} left of {each.limit}" for name, each in found.requests.items()}
    app.output.values(**quotas, **left)
