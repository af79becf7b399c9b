"""The common part of all commands: their options, their examples, and a client for the profile."""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property, wraps
from typing import Any

import click
from typing_extensions import Unpack

from maas_client.cli.common import COMMON, Nothing
from maas_client.cli.output import Output
from maas_client.client import ClientOptions
from maas_client.errors import NotFound
from maas_client.profiles.logins import Login, login_of
from maas_client.profiles.settings import BadSetting, Settings
from maas_client.references import Reference
from maas_client.sync import Client

limit_option = click.option(
    "--limit", type=click.IntRange(1, 10**9), default=100, show_default=True, help="How many at most."
)
_PAGE_MAX = 100  # of the API


def page_size(limit: int) -> int:
    """Returns the size of the pages of a list of at most `limit` items."""
    return min(limit, _PAGE_MAX)


class App:
    """The context of one command."""

    def __init__(self, settings: Settings, output: Output, timeout: float | None) -> None:
        self.settings, self.output, self._timeout = settings, output, timeout
        self._opened = ExitStack()

    @cached_property
    def login(self) -> Login:
        self.require_url()
        return login_of(self.settings)

    @cached_property
    def client(self) -> Client:
        """The client with the credential of the variables (docs/client.md), or else of the profile."""
        if any(os.environ.get(name) for name in ("MAAS_API_KEY", "MAAS_ID_TOKEN_SOURCE")):
            return self.client_with()  # which reads them by itself
        if key := self.login.api_key:
            return self.client_with(api_key=key)
        return self.client_with(store=self.login)

    def client_with(self, **options: Unpack[ClientOptions]) -> Client:
        """Returns a client for the address of this command, which closes it."""
        self.require_url()
        if self._timeout is not None:
            options["timeout"] = self._timeout
        return self._opened.enter_context(Client(self.settings.api_url, **options))

    def require_url(self) -> None:
        if not self.settings.api_url:
            raise BadSetting("no address: give --api-url, or set it with: maas config set api-url URL")

    def confirm(self, question: str, *, yes: bool) -> None:
        """Asks before something is lost. Raises UsageError if nobody can answer."""
        if not yes:
            if not sys.stdin.isatty():
                raise click.UsageError("nobody can be asked here: give --yes")
            click.confirm(question, abort=True, err=True)

    def close(self) -> None:
        self._opened.close()


def _model_in(given: Mapping[str, Any]) -> str | None:
    """Returns the model that the arguments of a command name."""
    if "place" in given:
        return str(given["place"].model)
    text = given.get("reference") or given.get("model")
    return Reference.parse(text).model if text else None


def operation(group: click.Group | None, name: str, *examples: str) -> Callable[[Callable[..., None]], click.Command]:
    """Makes a function a command, of a group if there is one. It gets the App, and its help ends with the examples."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @wraps(function)
        def run(
            api_url: str | None,
            profile: str | None,
            timeout: float | None,
            as_json: bool,
            quiet: bool,
            debug: bool,  # noqa: ARG001 - read in `main`, where errors end
            **given: Any,
        ) -> None:
            of_all = click.get_current_context().find_root().params  # options may stand before the command too
            settings = Settings.read(profile or of_all.get("profile"), api_url or of_all.get("api_url"))
            output = Output(as_json=as_json or bool(of_all.get("as_json")), quiet=quiet or bool(of_all.get("quiet")))
            app = App(settings, output, timeout or of_all.get("timeout"))
            try:
                function(app, **given)
            except NotFound as error:
                raise Nothing(error, _model_in(given)) from error
            finally:
                app.close()

        shown = "\n".join(f"  {example}" for example in examples)
        command = click.command(name, help=function.__doc__, epilog=f"\b\nExamples:\n{shown}")(run)
        command.params += COMMON
        if group:
            group.add_command(command)
        return command

    return decorate
