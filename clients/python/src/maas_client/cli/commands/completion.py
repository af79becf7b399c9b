"""`maas completion`."""

import click
from click.shell_completion import get_completion_class

from maas_client.cli.operations import App, operation


@operation(None, "completion", "maas completion bash")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, app: App, shell: str) -> None:  # noqa: ARG001 - every command has an app
    """Write a script that completes commands: eval "$(maas completion bash)"."""
    kind = get_completion_class(shell)
    assert kind
    click.echo(kind(context.find_root().command, {}, "maas", "_MAAS_COMPLETE").source())
