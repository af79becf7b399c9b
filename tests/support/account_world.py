"""What the tests of accounts share: a user, its clock, and changes of its record."""

from dataclasses import replace
from datetime import UTC, datetime

from maas.domain.identity.accounts import User
from maas.domain.identity.principals import Principal, Role
from maas.services.accounts import Grant
from tests.fakes.identity import FakeIdentities

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def become(identities: FakeIdentities, user: User, role: Role) -> None:
    identities.users[user.tenant_id, user.id] = replace(user, roles=frozenset({role}))


def principal_of(user: User, grant: Grant) -> Principal:
    """Returns the user as the caller that the grant's access token names."""
    session_id = grant.refresh_token.partition(".")[0]
    return Principal(user.id, user.tenant_id, user.roles, grant.scopes, f"session/{session_id}")
