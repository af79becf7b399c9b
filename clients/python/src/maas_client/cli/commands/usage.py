"""`maas usage`."""

from maas_client.cli.operations import App, operation


@operation(None, "usage", "maas usage")
def usage(app: App) -> None:
    """Show what the organization uses of its quotas, and what is left of your requests."""
    found = app.client.usage.get()
    quotas = {
        name: f"{quota.use} of {'any' if quota.limit is None else quota.limit}" for name, quota in found.quotas.items()
    }
    left = {f"requests_of_{name}": f"{each.remaining} left of {each.limit}" for name, each in found.requests.items()}
    app.output.values(**quotas, **left)
