"""`maas webhooks`."""

from itertools import islice

import click

from maas_client.cli.operations import App, limit_option, operation, page_size

_COLUMNS = ("url", "events", "enabled", "disabled_reason", "failing_since", "id")
_DELIVERIES = ("created_at", "event_type", "state", "attempt_count", "last_result", "next_attempt_at", "id")


@click.group()
def webhooks() -> None:
    """Webhooks: signed requests to your own URLs when something changes."""


@operation(webhooks, "create", "maas webhooks create https://example.com/maas --event VersionStateChanged -q")
@click.argument("url")
@click.option("--event", "events", multiple=True, help="A type of event; default: every type.")
@click.option("--description")
def create(app: App, url: str, events: tuple[str, ...], description: str | None) -> None:
    """Make a webhook. Its secret is shown once; -q writes it alone."""
    app.output.record(app.client.webhooks.create(url, events=events or None, description=description), key="secret")


@operation(webhooks, "list", "maas webhooks list", "maas webhooks list -q")
@limit_option
def list_webhooks(app: App, limit: int) -> None:
    """List the webhooks."""
    found = app.client.webhooks.list(limit=page_size(limit))
    app.output.records(islice(found, limit), _COLUMNS, key="id")


@operation(webhooks, "show", "maas webhooks show $WEBHOOK_ID")
@click.argument("webhook_id")
def show(app: App, webhook_id: str) -> None:
    """Show a webhook, without its secret."""
    app.output.record(app.client.webhooks.get(webhook_id), key="id")


@operation(webhooks, "update", "maas webhooks update $WEBHOOK_ID --event VersionStateChanged --event AliasMoved")
@click.argument("webhook_id")
@click.option("--url")
@click.option("--event", "events", multiple=True, help="The types of events from now on.")
@click.option("--description")
@click.option("--enable/--disable", "enabled", default=None)
def update(
    app: App, webhook_id: str, url: str | None, events: tuple[str, ...], description: str | None, enabled: bool | None
) -> None:
    """Change a webhook."""
    changed = app.client.webhooks.update(
        webhook_id, url=url, events=events or None, description=description, enabled=enabled
    )
    app.output.record(changed, key="id")


@operation(webhooks, "rotate", "maas webhooks rotate $WEBHOOK_ID --grace 3600 -q")
@click.argument("webhook_id")
@click.option("--grace", type=int, help="Seconds for which the secret before signs too; default: a day.")
def rotate(app: App, webhook_id: str, grace: int | None) -> None:
    """Give a webhook a new secret, which is shown once."""
    app.output.record(app.client.webhooks.rotate_secret(webhook_id, grace_seconds=grace), key="secret")


@operation(webhooks, "test", "maas webhooks test $WEBHOOK_ID")
@click.argument("webhook_id")
def test(app: App, webhook_id: str) -> None:
    """Send an event of the type Test."""
    app.output.record(app.client.webhooks.test(webhook_id), key="id")


@operation(webhooks, "deliveries", "maas webhooks deliveries $WEBHOOK_ID --limit 10")
@click.argument("webhook_id")
@limit_option
def deliveries(app: App, webhook_id: str, limit: int) -> None:
    """List what a webhook was sent, the newest first."""
    found = app.client.webhooks.deliveries(webhook_id, limit=page_size(limit))
    app.output.records(islice(found, limit), _DELIVERIES, key="id")


@operation(webhooks, "redeliver", "maas webhooks redeliver $WEBHOOK_ID $DELIVERY_ID")
@click.argument("webhook_id")
@click.argument("delivery_id")
def redeliver(app: App, webhook_id: str, delivery_id: str) -> None:
    """Send an event again."""
    app.output.record(app.client.webhooks.redeliver(webhook_id, delivery_id), key="id")


@operation(webhooks, "delete", "maas webhooks delete $WEBHOOK_ID --yes")
@click.argument("webhook_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(app: App, webhook_id: str, yes: bool) -> None:
    """Delete a webhook."""
    app.confirm(f"Delete the webhook {webhook_id}?", yes=yes)
    app.client.webhooks.delete(webhook_id)
    app.output.done(f"deleted {webhook_id}")
