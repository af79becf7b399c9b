"""Service accounts: members of an organization for programs, which outlive the person who has made them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from maas.domain import value_rules
from maas.domain.identity.accounts import User
from maas.domain.identity.members import roles

SERVICE_ACCOUNTS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTerms:
    """What an admin chooses, as it was written. In a change, None keeps a value as it is."""

    name: str | None = None
    roles: Sequence[str] | None = None
    disabled: bool | None = None

    def applied(self, account: User) -> User:
        """The account with these values in stored form. Raises InvalidInput."""
        return replace(
            account,
            name=account.name if self.name is None else value_rules.name(self.name),
            roles=account.roles if self.roles is None else roles(self.roles),
            disabled=account.disabled if self.disabled is None else self.disabled,
        )
