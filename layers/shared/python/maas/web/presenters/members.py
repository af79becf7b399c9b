"""Members between the domain and the contract."""

from maas.contracts.members import MemberAnswer, PatchMember
from maas.domain.identity import members
from maas.domain.identity.accounts import User
from maas.domain.identity.members import MemberChange, state_of


def member_change(body: PatchMember) -> MemberChange:
    """Raises InvalidInput (roles)."""
    return MemberChange(roles=None if body.roles is None else members.roles(body.roles), disabled=body.disabled)


def member_answer(user: User) -> MemberAnswer:
    return MemberAnswer(
        id=user.id,
        email=user.email,
        email_verified=user.email_verified,
        name=user.name,
        roles=sorted(user.roles),
        state=state_of(user),
        created_at=user.created_at,
    )
