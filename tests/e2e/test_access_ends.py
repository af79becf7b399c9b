"""Access that ends while its holder reads a model and predicts with it: the last 200 comes within five seconds.

All changes of a round are made at the same time, each for another holder. The authorizer's cache is on, as always.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.support import ending_access, exchanged_tokens
from tests.support.ending_access import ENDS_WITHIN, Access, Caller, granted, observed
from tests.support.rounds import FULL
from tests.support.stack_users import User
from tests.support.stacks import RunningStack

ROUNDS = 20 if FULL else 1
# More would wait for each other's password hashes.
PREPARED_AT_ONCE = 3
CHANGES: dict[str, Callable[[User, str], Access]] = {
    "revoked key": ending_access.revoked_key,
    "key of other networks": ending_access.key_of_other_networks,
    "deleted service account": ending_access.key_of_a_deleted_service_account,
    "ended session": ending_access.ended_session,
    "all sessions ended": ending_access.all_sessions_ended,
    "changed password": ending_access.other_session_of_a_changed_password,
    "cut roles": ending_access.cut_roles,
    "disabled user": ending_access.disabled_user,
    "deleted user": ending_access.deleted_user,
    "deleted grant": ending_access.deleted_grant,
}
# A function in a container does not reach an issuer on the machine's loopback.
OF_ISSUERS: dict[str, Callable[[User, str], Access]] = {
    "deleted issuer": exchanged_tokens.deleted_issuer,
    "disabled issuer": exchanged_tokens.disabled_issuer,
    "narrower conditions": exchanged_tokens.narrower_conditions,
    "cut scopes of an issuer": exchanged_tokens.cut_scopes_of_an_issuer,
    "deleted account of an issuer": exchanged_tokens.deleted_account_of_an_issuer,
}
FOREIGN = "deleted grant of another organization"
# Seconds for the start of the stack and for each round, on a machine that does much else.
pytestmark = pytest.mark.timeout(180 + 60 * ROUNDS)


@dataclass(frozen=True)
class Outcome:
    """What the callers saw, the time of the change's answer, and the status that ends their access."""

    callers: list[Caller]
    changed: float
    status: int


def _round(
    user: User, stranger: User, model_id: str, changes: Mapping[str, Callable[[User, str], Access]]
) -> dict[str, Outcome]:
    for each in (user, stranger):  # their tokens last 15 minutes
        each.api.token = each.login()["access_token"]
    with ThreadPoolExecutor(PREPARED_AT_ONCE) as pool:
        ends = dict(zip(changes, pool.map(lambda prepare: prepare(user, model_id), changes.values()), strict=True))
    ends[FOREIGN] = granted(user, stranger, model_id, stranger.tenant_id, "organization")
    with ThreadPoolExecutor(len(ends)) as pool:
        seen = pool.map(lambda access: observed(access, model_id), ends.values())
        return {name: Outcome(*found, access.status) for (name, access), found in zip(ends.items(), seen, strict=True)}


@pytest.fixture(scope="module")
def rounds(stack: RunningStack, stranger: User) -> list[dict[str, Outcome]]:
    """The outcomes of all changes in each round, by an admin who has nothing but the model."""
    user = stack.user()
    model_id = user.publish_largest()
    changes = CHANGES if stack.kind == "sam" else CHANGES | OF_ISSUERS
    return [_round(user, stranger, model_id, changes) for _ in range(ROUNDS)]


def _check(rounds: list[dict[str, Outcome]], change: str) -> None:
    for outcome in (each[change] for each in rounds):
        for caller in outcome.callers:
            took = caller.last_accepted() - outcome.changed
            assert took < ENDS_WITHIN, (caller.method, took)
            assert caller.refusals() == {outcome.status}, caller.method
            assert caller.answers[-1][0] == outcome.status


@pytest.mark.parametrize("change", [*CHANGES, FOREIGN])
def test_the_last_accepted_request_comes_within_five_seconds(rounds: list[dict[str, Outcome]], change: str) -> None:
    _check(rounds, change)


@pytest.mark.kinds("embedded")
@pytest.mark.parametrize("change", OF_ISSUERS)
def test_an_exchanged_token_ends_with_its_trust(rounds: list[dict[str, Outcome]], change: str) -> None:
    _check(rounds, change)
