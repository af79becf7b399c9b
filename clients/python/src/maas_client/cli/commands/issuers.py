"""`maas issuers`."""

from itertools import islice

import click

from maas_client.cli.operations import App, limit_option, operation, page_size

_COLUMNS = ("name", "issuer", "conditions", "disabled", "service_account_id", "id")
_MODEL_HELP = "Narrow it to a model, with a range behind it: iris:^1."


@click.group()
def issuers() -> None:
    """Trusted issuers: jobs of a CI system work with its ID tokens, and keep no secret."""


def _conditions(given: tuple[str, ...]) -> dict[str, list[str]]:
    """Returns values by claims, of `CLAIM=VALUE` each. Raises UsageError."""
    found: dict[str, list[str]] = {}
    for text in given:
        claim, equals, value = text.partition("=")
        if not equals or not claim or not value:
            raise click.UsageError(f"a condition is CLAIM=VALUE, such as sub=repo:acme/app:*, and not {text!r}")
        found.setdefault(claim, []).append(value)
    return found


@operation(
    issuers,
    "create",
    "maas issuers create release --issuer https://token.actions.githubusercontent.com"
    " --service-account $ACCOUNT_ID --condition sub=repo:acme/app:environment:production --scope models:read",
)
@click.argument("name")
@click.option("--issuer", required=True, help="The address of the issuer, as its tokens have it in `iss`.")
@click.option("--service-account", "account", required=True, help="The id of the service account that jobs work as.")
@click.option("--condition", "conditions", multiple=True, required=True, help="CLAIM=VALUE; one claim twice: either.")
@click.option("--audience", help="Default: maas: and the id of the organization.")
@click.option("--scope", "scopes", multiple=True, help="The most that a job may do; default: all about models.")
@click.option("--model", "models", multiple=True, help=_MODEL_HELP)
@click.option("--network", "networks", multiple=True, help="A network from which tokens may be used.")
@click.option("--lifetime", type=click.IntRange(60, 900), help="Seconds of an access token; default: 900.")
def create(
    app: App,
    name: str,
    issuer: str,
    account: str,
    conditions: tuple[str, ...],
    audience: str | None,
    scopes: tuple[str, ...],
    models: tuple[str, ...],
    networks: tuple[str, ...],
    lifetime: int | None,
) -> None:
    """Trust an issuer."""
    narrowed = {app.client.models.get(model).id: ref for model, _, ref in (each.partition(":") for each in models)}
    made = app.client.trusted_issuers.create(
        name,
        issuer,
        _conditions(conditions),
        account,
        audience=audience,
        scopes=scopes or None,
        models=narrowed or None,
        networks=networks or None,
        lifetime_seconds=lifetime,
    )
    app.output.record(made, key="id")


@operation(issuers, "list", "maas issuers list")
@limit_option
def list_issuers(app: App, limit: int) -> None:
    """List the trusted issuers."""
    found = app.client.trusted_issuers.list(limit=page_size(limit))
    app.output.records(islice(found, limit), _COLUMNS, key="id")


@operation(issuers, "show", "maas issuers show $ISSUER_ID")
@click.argument("issuer_id")
def show(app: App, issuer_id: str) -> None:
    """Show a trusted issuer."""
    app.output.record(app.client.trusted_issuers.get(issuer_id), key="id")


@operation(
    issuers,
    "update",
    "maas issuers update $ISSUER_ID --disable",
    "maas issuers update $ISSUER_ID --enable --lifetime 300",
)
@click.argument("issuer_id")
@click.option("--name")
@click.option("--condition", "conditions", multiple=True, help="CLAIM=VALUE; they replace all that there are.")
@click.option("--lifetime", type=click.IntRange(60, 900), help="Seconds of an access token.")
@click.option("--disable/--enable", "disabled", default=None, help="Refuse its tokens within 5 seconds, or take them.")
def update(
    app: App,
    issuer_id: str,
    name: str | None,
    conditions: tuple[str, ...],
    lifetime: int | None,
    disabled: bool | None,
) -> None:
    """Change a trusted issuer."""
    changed = app.client.trusted_issuers.update(
        issuer_id,
        name=name,
        conditions=_conditions(conditions) or None,
        lifetime_seconds=lifetime,
        disabled=disabled,
    )
    app.output.record(changed, key="id")


@operation(issuers, "delete", "maas issuers delete $ISSUER_ID --yes")
@click.argument("issuer_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(app: App, issuer_id: str, yes: bool) -> None:
    """Delete a trusted issuer, which ends its access tokens."""
    app.confirm(f"Delete the trusted issuer {issuer_id}?", yes=yes)
    app.client.trusted_issuers.delete(issuer_id)
    app.output.done(f"deleted {issuer_id}")
