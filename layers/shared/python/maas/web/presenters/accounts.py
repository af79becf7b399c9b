"""Accounts and tokens between the use cases and the contract."""

from fastapi import Response

from maas.contracts.auth import AcceptedAnswer, TokenAnswer, UserAnswer
from maas.domain.errors import OrganizationRequired
from maas.services.accounts import Grant, Profile
from maas.web.problems import problem, status_of


def user_answer(profile: Profile) -> UserAnswer:
    user = profile.user
    return UserAnswer(
        id=user.id,
        email=user.email,
        email_verified=user.email_verified,
        name=user.name,
        tenant_id=user.tenant_id,
        organization=profile.organization.name,
        roles=sorted(user.roles),
        created_at=user.created_at,
    )


def accepted_answer() -> Response:
    """The answer to a registration that needs a mail first, with and without an account."""
    return Response(AcceptedAnswer().model_dump_json(), status_code=202, media_type="application/json")


def token_answer(grant: Grant) -> TokenAnswer:
    return TokenAnswer(
        access_token=grant.access_token,
        expires_in=grant.expires_in,
        refresh_token=grant.refresh_token,
        refresh_expires_in=grant.refresh_expires_in,
        scope=" ".join(sorted(grant.scopes)),
    )


def organization_choice(error: OrganizationRequired) -> Response:
    """The problem with a member of its own: the organizations that a login may name."""
    organizations = [{"id": key, "name": name} for key, name in error.organizations.items()]
    never_stored = {"cache-control": "no-store"}
    extra = {"organizations": organizations}
    return problem(status_of(error), error.code, error.message, error.fields, never_stored, extra)
