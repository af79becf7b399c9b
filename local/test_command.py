"""`local/test`: runs the tests, after building the programs that they need."""

import os
import sys
from pathlib import Path

import click

from local import programs
from local.console import say
from local.data.command import HELP_OPTIONS
from local.errors import StackError
from local.paths import ROOT

# The longest first, so that the processes end at about the same time.
_LEVELS = ("sam", "e2e", "template", "integration", "contract", "unit")
# A replaced process would hang the run (pytest-xdist #1323), and its crash is a failure anyway.
_PARALLEL = (
    *("-p", "tests.support.parallel", "--dist", "loadfile", "--no-loadscope-reorder"),
    *("--numprocesses", "logical", "--maxprocesses", "4", "--max-worker-restart", "0"),
)
# Some systems have no such package.
_OF_THE_SYSTEM = frozenset({"chromium"})


@click.command(
    context_settings={
        "ignore_unknown_options": True,
        "allow_extra_args": True,
        **HELP_OPTIONS,
    }
)
@click.option("--unit", is_flag=True, help="Run only the unit tests.")
@click.option("--e2e", is_flag=True, help="Run only the tests of the whole stack, or of the one at MAAS_URL.")
@click.option("--sam", is_flag=True, help="Run only the tests of the output of `sam build` in Lambda's image.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(unit: bool, e2e: bool, sam: bool, pytest_arguments: tuple[str, ...]) -> None:
    """Run all tests. Other arguments are passed to pytest."""
    levels = [name for name, chosen in (("unit", unit), ("sam", sam), ("e2e", e2e)) if chosen] or _LEVELS
    named = any(Path(argument.partition("::")[0]).exists() for argument in pytest_arguments)
    elsewhere = levels == ["e2e"] and "MAAS_URL" in os.environ
    if levels != ["unit"] and not named and not elsewhere:
        for name in ("minio", "grpcurl", "dynoxide", "dynamodb-local", "chromium"):
            _build(name)
    folders = [] if named else [f"tests/{level}" for level in levels if (ROOT / "tests" / level).is_dir()]
    parallel = () if named or elsewhere else _PARALLEL
    command = [sys.executable, "-m", "pytest", "-rs", *parallel, *folders, *pytest_arguments]
    os.chdir(ROOT)
    os.execv(sys.executable, command)  # noqa: S606 - pytest gets the signals itself


def _build(name: str) -> None:
    """Builds a program if this machine has the tools for it. In CI, a failed build of our own fails the run."""
    if programs.find(name) is not None:
        return
    if missing := programs.missing_tool(name):
        say(f"tests that need {name} are skipped: {name} is not installed, and this machine has no {missing}")
        return
    try:
        programs.find_or_build(name)
    except StackError as error:
        if os.environ.get("CI") == "true" and name not in _OF_THE_SYSTEM:
            raise click.ClickException(f"local/tools/get-{name} failed") from error
        say(f"tests that need {name} are skipped: local/tools/get-{name} failed")
