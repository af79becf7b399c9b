"""Members: the people of an organization, as its admins see and change them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from maas.domain.errors import InvalidInput, Rule, WrongState
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.principals import Role

E = TypeVar("E", bound=StrEnum)


# People of an organization.
MEMBERS_MAX = 1000


class MemberState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFilter:
    """The members of a list: those with the role, and those in the state; None is any."""

    role: Role | None = None
    state: MemberState | None = None

    @classmethod
    def parse(cls, role: str, state: str) -> "MemberFilter":
        """The filter of a request; an empty text is any. Raises InvalidInput (role, state)."""
        return cls(role=_word(Role, "role", role), state=_word(MemberState, "state", state))

    def takes(self, user: User) -> bool:
        if user.kind is not MemberKind.PERSON:
            return False
        has_role = self.role is None or self.role in user.roles
        return has_role and (self.state is None or self.state is state_of(user))


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChange:
    """What an admin changes of a member; None leaves it as it is."""

    roles: frozenset[Role] | None = None
    disabled: bool | None = None

    def of(self, user: User, now: datetime) -> User:
        """The member after the change. Whoever is disabled has to log in again later (ASVS 7.4.2)."""
        roles = user.roles if self.roles is None else self.roles
        disabled = user.disabled if self.disabled is None else self.disabled
        ended = now if disabled and not user.disabled else user.sessions_after
        return replace(user, roles=roles, disabled=disabled, sessions_after=ended)


def state_of(user: User) -> MemberState:
    return MemberState.DISABLED if user.disabled else MemberState.ACTIVE


def is_active_admin(user: User) -> bool:
    """Returns whether the member counts among those of whom one must be left: a person who can log in."""
    return Role.ADMIN in user.roles and not user.disabled and user.kind is MemberKind.PERSON


def last_admin() -> WrongState:
    """The refusal of a change that would leave an organization without an active admin."""
    message = "this is the last active admin of the organization, which needs one; make another member an admin first"
    return WrongState.of("user_id", message)


def roles(words: Sequence[str], field: str = "roles") -> frozenset[Role]:
    """At least one role, each given once. Raises InvalidInput."""
    if not words:
        raise InvalidInput.of(field, Rule.MIN_ITEMS, "must have at least one role")
    if len(words) > len(Role):
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {len(Role)} roles")
    if len(set(words)) < len(words):
        raise InvalidInput.of(field, Rule.REPEATED, "must have each role once")
    found = (_role(f"{field}[{place}]", word) for place, word in enumerate(words))
    return frozenset(found)


def _role(field: str, word: str) -> Role:
    if word not in tuple(Role):
        raise InvalidInput.of(field, Rule.ENUM, f"must be one of {', '.join(Role)}")
    return Role(word)


def _word(words: type[E], field: str, text: str) -> E | None:
    if text and text not in tuple(words):
        raise InvalidInput.of(field, Rule.ENUM, f"must be one of {', '.join(words)}, or be left out")
    return words(text) if text else None
