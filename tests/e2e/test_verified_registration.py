"""A stack on which whoever registers has to show first that the mail of the address is theirs."""

from collections.abc import Iterator

import httpx2
import pytest

from local.demo import registration
from local.mailbox import Kind, mailed_token
from tests.e2e.problems import assert_problem
from tests.support.rounds import FULL
from tests.support.stack_users import PASSWORD, User
from tests.support.stacks import STARTED, RunningStack, running_stack
from tests.support.timed_pairs import Ask, asking, medians, new_address, pairs

AUTH = "/api/v1/auth"
# In milliseconds. Few pairs on a busy machine have medians that are further apart than those of many.
PAIRS, APART = (200, 5) if FULL else (8, 250)


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    folder = tmp_path_factory.mktemp("verified")
    with running_stack(folder, STARTED[0], "--parameter", "Registration=verified") as found:
        yield found


@pytest.fixture(scope="module")
def admin(verified: RunningStack) -> User:
    return verified.user()


@pytest.fixture(scope="module")
def known(verified: RunningStack, admin: User) -> list[str]:
    """Addresses of other organizations."""
    addresses = [new_address() for _ in range(PAIRS)]
    for address in addresses:
        registration.register(verified.anonymous(), {"email": address, "password": PASSWORD}, admin.mailbox)
    return addresses


def _asks(http: httpx2.Client, stack: RunningStack, admin: User) -> dict[str, Ask]:
    bearer = {"authorization": f"Bearer {admin.api.token}"}
    return {
        "login": asking(http, f"{stack.url}{AUTH}/login", password="another horse battery"),
        "register": asking(http, f"{stack.url}{AUTH}/register", password=PASSWORD),
        "verification": asking(http, f"{stack.url}{AUTH}/email/verification"),
        "forgot": asking(http, f"{stack.url}{AUTH}/password/forgot"),
        "invite": asking(http, f"{stack.url}/api/v1/users/invitations", bearer, roles=["viewer"]),
    }


@pytest.mark.parametrize("name", ["login", "register", "verification", "forgot", "invite"])
def test_known_and_unknown_addresses_are_told_apart_by_nothing(
    verified: RunningStack, admin: User, known: list[str], name: str
) -> None:
    number = 90 if name == "invite" else PAIRS  # an organization mails 200 a day
    with httpx2.Client(trust_env=False, timeout=60) as http:
        found = pairs(_asks(http, verified, admin)[name], known[:number])
    for of_known, of_unknown in found:
        assert of_known.seen == of_unknown.seen
        assert of_known.seen[0] == {"login": 401, "invite": 201}.get(name, 202)
    first, second = medians(found)
    assert abs(first - second) * 1000 < APART


def test_a_registration_is_finished_with_the_token_of_its_mail(verified: RunningStack, admin: User) -> None:
    api, account = verified.anonymous(), {"email": new_address(), "password": PASSWORD}
    assert api.success("POST", f"{AUTH}/register", account).status_code == 202
    assert_problem(api.request("POST", f"{AUTH}/login", account), 401, "invalid_credentials")
    token = mailed_token(admin.mailbox, Kind.REGISTRATION, account["email"])
    made = api.success("POST", f"{AUTH}/register", {**account, "verification": token})
    assert (made.status_code, made.json()["email_verified"]) == (201, True)
    assert api.post(f"{AUTH}/login", account)["token_type"] == "Bearer"
    repeated = api.request("POST", f"{AUTH}/register", {**account, "verification": token})
    assert_problem(repeated, 409, "already_exists", "email")


def test_a_stranger_s_registration_keeps_nobody_out_of_an_address(verified: RunningStack, admin: User) -> None:
    api, victim = verified.anonymous(), new_address()
    api.success("POST", f"{AUTH}/register", {"email": victim, "password": "a stranger's password"})
    token = admin.invitation(victim, "viewer")
    body = {"email": victim, "password": PASSWORD, "invitation": token}
    assert api.post(f"{AUTH}/register", body)["tenant_id"] == admin.tenant_id
    stranger = {"email": victim, "password": "a stranger's password"}
    assert_problem(api.request("POST", f"{AUTH}/login", stranger), 401, "invalid_credentials")
