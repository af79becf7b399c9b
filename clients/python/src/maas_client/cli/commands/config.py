"""`maas config`."""

import os

import click

from maas_client.cli.operations import App, operation
from maas_client.http.options import checked_url
from maas_client.profiles.settings import KEYS, ConfigFile, Settings

_KEY = click.Choice([*KEYS])


@click.group()
def config() -> None:
    """Profiles: which server to speak to."""


@operation(config, "set", "maas config set api-url https://maas.example.com", "maas config set credentials file")
@click.argument("key", type=_KEY)
@click.argument("value")
def set_value(app: App, key: str, value: str) -> None:
    """Set a value of the profile."""
    if key == "api-url":
        value = checked_url(value)
    elif value not in {"file", "keyring"}:
        raise click.UsageError("credentials are kept in a file or in the keyring")
    ConfigFile().set(app.settings.profile, key, value)
    app.output.done(f"{key} of the profile {app.settings.profile} is {value}")


@operation(config, "get", "maas config get api-url")
@click.argument("key", type=_KEY)
def get_value(app: App, key: str) -> None:
    """Write a value as this command would use it."""
    click.echo({"api-url": app.settings.api_url, "credentials": app.settings.credentials}[key])


@operation(config, "list", "maas config list")
def list_values(app: App) -> None:
    """Show where the values of this command come from."""
    file = ConfigFile()
    app.output.values(
        profile=app.settings.profile,
        api_url=app.settings.api_url,
        credentials=app.settings.credentials or "keyring, else file",
        profiles=file.profiles(),
        file=str(file.path),
        variables=sorted(name for name in os.environ if name.startswith("MAAS_")),
    )


@operation(config, "use", "maas config use staging")
@click.argument("profile_name", metavar="PROFILE")
def use(app: App, profile_name: str) -> None:
    """Use a profile from now on."""
    ConfigFile().use(Settings.read(profile_name, None).profile)
    app.output.done(f"the profile in use is {profile_name}")
