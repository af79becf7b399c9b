"""The command `maas` and its end: every error is one line and an exit code."""

import contextlib
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError

from maas_client.cli import failures
from maas_client.cli.commands import COMMANDS
from maas_client.cli.common import COMMON, Nothing
from maas_client.cli.plain import plain
from maas_client.errors import MaasError
from maas_client.version import VERSION

_BUG = "this is a bug of the client: run it again with --debug and report what it shows"


class _Maas(click.Group):
    """The whole command. Each command is loaded when it is asked for. A name in a group is shown with the group's."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - of the base
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(".")
        try:
            found = getattr(import_module(f"maas_client.cli.commands.{module}"), attribute)
        except KeyboardInterrupt:  # for which click would write an empty line
            raise click.Abort from None
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            known = {name: self.get_command(ctx, name) for name in COMMANDS}
            groups = [name for name, group in known.items() if args[0] in getattr(group, "commands", ())]
            if not groups:
                raise
            meant = " or ".join(f"maas {name} {args[0]}" for name in groups)
            raise click.UsageError(f"No such command {args[0]!r}: do you mean {meant}?", error.ctx) from None


@click.group(cls=_Maas, name="maas", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="maas")
def cli(**_given: Any) -> None:  # each command reads what stands before it
    """Push machine-learning models to MaaS, and call them.

    A model is written by its name or id, a version behind it: iris, iris@production, iris:^1.2.
    A model of another organization has its owner's id before it: OWNER/iris, as maas models list --public shows it.
    """


cli.params += COMMON


def run(arguments: list[str]) -> int:
    """Returns the exit status of a command."""
    _open_streams()
    try:
        return _run(arguments)
    except NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "maas"
        click.echo(f"maas: {error.format_message().partition(chr(10))[0]} Try: {command} --help", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return failures.INTERRUPTED
    except (MaasError, Nothing) as error:
        found, model = (error.error, error.model) if isinstance(error, Nothing) else (error, None)
        _tell(arguments, failures.sentence(found, model))
        return failures.exit_code(found)
    except BrokenPipeError:
        _silence_stdout()  # the reader of a pipe has seen enough
        return failures.FAILED
    except OSError as error:
        _tell(arguments, f"the output can't be written: {error.strerror}")
        _silence_stdout()
        return failures.FAILED
    except Exception as error:  # noqa: BLE001 - nobody should see a traceback unasked
        _tell(arguments, plain(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}; {_BUG}"))
        return failures.FAILED


def _tell(arguments: list[str], sentence: str) -> None:
    """Writes the sentence about the error that is handled now, behind its traceback if --debug asks for that."""
    if "--debug" in arguments:
        traceback.print_exc()
    click.echo(f"maas: {sentence}", err=True)


def _open_streams() -> None:
    """Gives the process the standard streams that its caller has closed."""
    sys.stdin = sys.stdin or Path(os.devnull).open()  # noqa: SIM115 - until the process ends
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115


def _run(arguments: list[str]) -> int:
    try:
        "".join(arguments).encode()
    except UnicodeError:
        raise click.UsageError("an argument is not a text in UTF-8") from None
    status = cli.main(args=arguments, prog_name="maas", standalone_mode=False)
    sys.stdout.flush()  # here, where a full disk is an error like others
    return status if isinstance(status, int) else failures.OK


def _silence_stdout() -> None:
    """Drops what is left to be written. Python would complain about it when it closes stdout."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
