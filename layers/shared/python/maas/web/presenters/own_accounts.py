"""Sessions and memberships between the use cases and the contract."""

from maas.contracts.own_accounts import MembershipAnswer, SessionAnswer
from maas.domain.identity.accounts import Session
from maas.domain.identity.members import state_of
from maas.services.accounts import Profile


def session_answer(session: Session, current: str) -> SessionAnswer:
    """`current` is the id of the session of the request."""
    return SessionAnswer(
        id=session.id,
        created_at=session.began_at,
        refreshed_at=session.refreshed_at,
        expires_at=session.expires_at,
        address=session.client.address or None,
        user_agent=session.client.agent or None,
        scope=" ".join(sorted(session.scopes)),
        current=session.id == current,
    )


def membership_answer(profile: Profile, current: str) -> MembershipAnswer:
    """`current` is the id of the organization of the request."""
    return MembershipAnswer(
        id=profile.organization.id,
        name=profile.organization.name,
        user_id=profile.user.id,
        roles=sorted(profile.user.roles),
        state=state_of(profile.user),
        current=profile.organization.id == current,
    )
