"""Sessions between the use cases and the contract."""

from maas.contracts.own_accounts import SessionAnswer
from maas.domain.identity.accounts import Session


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
