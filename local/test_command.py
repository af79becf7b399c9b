"""`local/test`: every level of tests with all that this machine can get."""

import os
import subprocess
import sys
from pathlib import Path

import click

from local import programs
from local.console import say
from local.errors import StackError
from local.paths import ROOT

_LEVELS = ("unit", "contract", "integration", "template", "sam", "e2e")


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.option("--unit", is_flag=True, help="Only the unit tests.")
@click.option("--e2e", is_flag=True, help="Only the tests of the whole stack; MAAS_URL names one that runs elsewhere.")
@click.option("--sam", is_flag=True, help="Only the tests of what `sam build` makes, run in Lambda's image.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(unit: bool, e2e: bool, sam: bool, pytest_arguments: tuple[str, ...]) -> None:
    """Run the tests; other arguments go to pytest."""
    levels = [name for name, chosen in (("unit", unit), ("sam", sam), ("e2e", e2e)) if chosen] or _LEVELS
    named = any(Path(argument.partition("::")[0]).exists() for argument in pytest_arguments)
    elsewhere = levels == ["e2e"] and "MAAS_URL" in os.environ
    if levels != ["unit"] and not named and not elsewhere:
        for name in ("minio", "grpcurl", "dynamodb-local"):
            _get(name)
    folders = [] if named else [f"tests/{level}" for level in levels if (ROOT / "tests" / level).is_dir()]
    command = [sys.executable, "-m", "pytest", "-rs", *folders, *pytest_arguments]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


def _get(name: str) -> None:
    """A program is made where it can be; in CI, one that could be had and is not fails the run."""
    if programs.find(name) is not None:
        return
    if lacking := programs.missing_tool(name):
        say(f"no {name} and no {lacking}: tests that need it are skipped")
        return
    try:
        programs.find_or_build(name)
    except StackError as error:
        if os.environ.get("CI") == "true":
            raise click.ClickException(f"{name} could be had on this machine, but local/get-{name} failed") from error
        say(f"local/get-{name} failed: tests that need {name} are skipped")
