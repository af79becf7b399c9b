"""Names of models for the completion of a shell. It never waits long, and never shows an error."""

import click

from maas_client.cli.operations import App
from maas_client.cli.output import Output
from maas_client.errors import MaasError
from maas_client.profiles.settings import Settings

_PATIENCE = 2.0  # seconds
_MOST = 50


def model_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Returns the names of models that begin so. A shell would split one with white space."""
    try:
        settings = Settings.read(ctx.params.get("profile"), ctx.params.get("api_url"))
        app = App(settings, Output(as_json=True, quiet=True), _PATIENCE)
        try:
            found = app.client.models.list(q=incomplete or None, limit=_MOST).first()
        finally:
            app.close()
    except MaasError:
        return []
    return [model.name for model in found.items if not {*" \t\n:@'\"\\$"} & {*model.name}]
