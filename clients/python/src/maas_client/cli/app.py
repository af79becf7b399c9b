"""The command `maas` and its end: every error is one line and an exit code."""

import contextlib
import os
import sys
from collections.abc import Sequence

import click
from click.exceptions import NoArgsIsHelpError

from maas_client.cli import failures
from maas_client.cli.commands import GROUPS
from maas_client.errors import MaasError
from maas_client.http.options import VERSION

_BUG = "this is a bug of the client: run it again with --debug and report what it shows"


@click.group(name="maas", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="maas")
def cli() -> None:
    """Push machine-learning models to MaaS, and call them.

    A model is written by its name or id, a version behind it: iris, iris@production, iris:^1.2.
    """


for _command in GROUPS:
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and exits with its status."""
    given = [*sys.argv[1:]] if arguments is None else [*arguments]
    sys.exit(run(given))


def run(arguments: list[str]) -> int:
    """Returns the exit status of a command."""
    if "--debug" in arguments:
        return _run(arguments)
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
    except MaasError as error:
        click.echo(f"maas: {failures.sentence(error)}", err=True)
        return failures.exit_code(error)
    except BrokenPipeError:
        _silence_stdout()  # the reader of a pipe has seen enough
        return failures.FAILED
    except OSError as error:
        click.echo(f"maas: the output can't be written: {error.strerror}", err=True)
        _silence_stdout()
        return failures.FAILED
    except Exception as error:  # noqa: BLE001 - nobody should see a traceback unasked
        click.echo(f"maas: {type(error).__name__}: {str(error).partition(chr(10))[0]}; {_BUG}", err=True)
        return failures.FAILED


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
