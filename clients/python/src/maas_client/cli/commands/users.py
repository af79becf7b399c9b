"""`maas users`."""

import click

from maas_client.cli.operations import App, operation

_COLUMNS = ("email", "name", "roles", "state", "created_at", "id")
_INVITATIONS = ("email", "roles", "expires_at", "id")


@click.group()
def users() -> None:
    """Members of your organization, and invitations."""


@operation(users, "list", "maas users list --state active")
@click.option("--role")
@click.option("--state", type=click.Choice(["active", "disabled"]))
def list_users(app: App, role: str | None, state: str | None) -> None:
    """List the members."""
    app.output.records(app.client.users.list(role=role, state=state), _COLUMNS, key="id")


@operation(users, "show", "maas users show $USER_ID")
@click.argument("user_id")
def show(app: App, user_id: str) -> None:
    """Show a member."""
    app.output.record(app.client.users.get(user_id), key="id")


@operation(users, "invite", "maas users invite grace@example.com --role developer -q")
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, help="admin, developer, invoker, viewer or member.")
def invite(app: App, email: str, roles: tuple[str, ...]) -> None:
    """Invite a person. The token is mailed, or else shown once; -q writes it alone."""
    made = app.client.users.invite(email, roles)
    app.output.record(made, key="token" if made.token else "id")


@operation(users, "invitations", "maas users invitations")
def invitations(app: App) -> None:
    """List the open invitations."""
    app.output.records(app.client.users.invitations(), _INVITATIONS, key="id")


@operation(users, "revoke", "maas users revoke $INVITATION_ID")
@click.argument("invitation_id")
def revoke(app: App, invitation_id: str) -> None:
    """Revoke an invitation."""
    app.client.users.revoke_invitation(invitation_id)
    app.output.done(f"revoked {invitation_id}")


@operation(users, "update", "maas users update $USER_ID --role viewer", "maas users update $USER_ID --disable")
@click.argument("user_id")
@click.option("--role", "roles", multiple=True, help="The roles from now on.")
@click.option("--disable/--enable", "disabled", default=None)
def update(app: App, user_id: str, roles: tuple[str, ...], disabled: bool | None) -> None:
    """Change roles and state of a member."""
    app.output.record(app.client.users.update(user_id, roles=roles or None, disabled=disabled), key="id")


@operation(users, "delete", "maas users delete $USER_ID --yes")
@click.argument("user_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(app: App, user_id: str, yes: bool) -> None:
    """Delete a member from your organization."""
    app.confirm(f"Delete the member {user_id}?", yes=yes)
    app.client.users.delete(user_id)
    app.output.done(f"deleted {user_id}")
