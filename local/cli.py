"""The command line: `up`, `status`, `down`, `collect`, `backup`, `restore`, `test`, and one for each image."""

from typing import Any

import click

from local import (
    backup_command,
    collect_command,
    down_command,
    interrupts,
    restore_command,
    status_command,
    test_command,
    up_command,
)
from local.data.command import HELP_OPTIONS
from local.errors import StackError
from local.sam import container_image


class _Commands(click.Group):
    """Prints a StackError of any command as one line, and so a file of another user."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except StackError as error:
            raise click.ClickException(str(error)) from error
        except PermissionError as error:
            raise click.ClickException(f"{error.filename} can't be used: {error.strerror}") from error


@click.group(cls=_Commands, context_settings=HELP_OPTIONS)
def main() -> None:
    """Run or test MaaS on this machine."""
    interrupts.exit_in_order()


main.add_command(up_command.up)
main.add_command(status_command.status)
main.add_command(down_command.down)
main.add_command(collect_command.collect)
main.add_command(backup_command.backup)
main.add_command(restore_command.restore)
for container in container_image.CONTAINERS:
    main.add_command(container_image.command(container))
main.add_command(test_command.test)
