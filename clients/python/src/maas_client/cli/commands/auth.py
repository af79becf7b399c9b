"""`maas auth`."""

import asyncio
import sys

import click

from maas_client.cli.operations import App, operation
from maas_client.id_tokens import audience_of, from_text, once

_SOURCES = "github-actions, file:PATH or env:NAME; else MAAS_ID_TOKEN_SOURCE."


@click.group()
def auth() -> None:
    """Log in, log out, and see who you are."""


def _secret(label: str, *, from_stdin: bool) -> str:
    """Returns a secret from stdin or a prompt that does not show it. It is never an argument: others could see it."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt(label, hide_input=True, err=True))


@operation(
    auth,
    "register",
    "echo 'correct horse battery' | maas auth register --email ada@example.com --password-stdin",
)
@click.option("--email", prompt=True)
@click.option("--name", help="Your name; default: the address.")
@click.option("--organization", help="The name of the new organization; default: the address.")
@click.option("--invitation-stdin", is_flag=True, help="Read an invitation's token from the first line of stdin.")
@click.option("--verification-stdin", is_flag=True, help="Read the token of a mail from the next line of stdin.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the next line of stdin.")
def register(
    app: App,
    email: str,
    name: str | None,
    organization: str | None,
    invitation_stdin: bool,
    verification_stdin: bool,
    password_stdin: bool,
) -> None:
    """Create an account, in a new organization or by an invitation."""
    invitation = _secret("Invitation", from_stdin=True) if invitation_stdin else None
    verification = _secret("Token", from_stdin=True) if verification_stdin else None
    password = _secret("Password", from_stdin=password_stdin)
    user = app.client.auth.register(
        email, password, name=name, organization=organization, invitation=invitation, verification=verification
    )
    if user is None:
        app.output.done(f"a mail to {email} has a token: run this again with --verification-stdin")
    else:
        app.output.record(user, key="id")


@operation(
    auth,
    "login",
    "echo 'correct horse battery' | maas auth login --email ada@example.com --password-stdin",
)
@click.option("--email", help="The address of the account; asked for unless --with-key.")
@click.option("--organization", help="The id of the organization, if the account belongs to several.")
@click.option("--scope", help="Scopes, separated by spaces, to which the session is limited.")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")
@click.option("--with-key", is_flag=True, help="Read an API key from stdin, and use it from now on.")
def login(
    app: App, email: str | None, organization: str | None, scope: str | None, password_stdin: bool, with_key: bool
) -> None:
    """Begin a session, or keep an API key, for this profile."""
    app.require_url()
    if with_key:
        key = _secret("Key", from_stdin=not sys.stdin.isatty()).strip()
        user = app.client_with(api_key=key).account.me()  # a wrong key does not replace a good login
        app.login.save_key(key)
    else:
        address = email or str(click.prompt("Email", err=True))
        password = _secret("Password", from_stdin=password_stdin)
        client = app.client_with(store=app.login)  # whatever key a variable or the profile has
        user = client.auth.login(address, password, organization=organization, scope=scope)
    app.output.record(user, key="id")


@operation(auth, "logout", "maas auth logout")
def logout(app: App) -> None:
    """End the session and forget the credential of this profile."""
    try:
        if app.login.load():
            app.client_with(store=app.login).auth.logout()
    finally:
        app.login.forget()
    app.output.done("logged out")


@operation(auth, "whoami", "maas auth whoami")
def whoami(app: App) -> None:
    """Show the caller."""
    app.output.record(app.client.account.me(), key="id")


@operation(
    auth,
    "exchange",
    "maas auth exchange --from file:id-token.txt --organization $ORGANIZATION_ID -q",
    "maas auth exchange --from env:ID_TOKEN --scope 'models:read inference:invoke'",
)
@click.option("--from", "source", envvar="MAAS_ID_TOKEN_SOURCE", required=True, help=_SOURCES)
@click.option("--organization", envvar="MAAS_ORGANIZATION", help="The id of the organization; else MAAS_ORGANIZATION.")
@click.option("--audience", help="The audience to ask the CI system for; default: maas: and the organization's id.")
@click.option("--scope", help="Scopes, separated by spaces, to which the token is limited.")
def exchange(app: App, source: str, organization: str | None, audience: str | None, scope: str | None) -> None:
    """Exchange an ID token of a trusted issuer for an access token; -q writes the token alone."""
    asked = audience or (audience_of(organization) if organization else None)
    id_token = asyncio.run(once(from_text(source, asked)))
    app.output.record(app.client.auth.exchange(id_token, organization=organization, scope=scope), key="access_token")
