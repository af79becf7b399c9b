"""A mail server that does not answer, or is killed: what needs a mail is 503, and all else goes on."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.mailbox import Kind, mailed_token
from tests.e2e.problems import assert_problem
from tests.support.stack_users import PASSWORD, User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

AUTH, USERS = "/api/v1/auth", "/api/v1/users"
_RECOVERY = 30.0


@contextmanager
def _stopped(stack: RunningStack) -> Iterator[None]:
    stack.signal("mail", signal.SIGSTOP)
    try:
        yield
    finally:
        stack.signal("mail", signal.SIGCONT)


@pytest.mark.kinds("embedded")
def test_without_a_mail_server_sign_in_keys_and_predictions_go_on(
    local_stack: RunningStack, user: User, published: str
) -> None:
    with _stopped(local_stack):
        user.api.token = user.login()["access_token"]
        made = user.api.post("/api/v1/api-keys", {"name": "ci", "scopes": ["inference:invoke"]})
        key = local_stack.anonymous()
        key.token = made["key"]
        predicted = key.post(f"/api/v1/models/{published}/predict", {"features": [0, 0, 7, 0]})
        assert predicted["class_name"] == "c"
        assert local_stack.user().api.get(f"{USERS}/me")["email_verified"] is False


@pytest.mark.kinds("embedded")
def test_without_a_mail_server_what_needs_a_mail_is_503(local_stack: RunningStack) -> None:
    user, nobody = local_stack.user(), f"nobody.{local_stack.users[0].email}"
    with _stopped(local_stack):
        for path in (f"{AUTH}/password/forgot", f"{AUTH}/email/verification"):
            refused = [user.api.request("POST", path, {"email": email}) for email in (user.email, nobody)]
            for answer in refused:
                assert_problem(answer, 503, "unavailable")
                assert answer.json()["detail"] == "mail can't be sent just now; try again"
        answer = user.api.request("POST", f"{USERS}/invitations", {"email": nobody, "roles": ["viewer"]})
        assert_problem(answer, 503, "unavailable")
        assert user.api.get(f"{USERS}/invitations")["items"] == []
    assert user.invitation(nobody, "viewer")


@pytest.mark.kinds("embedded")
def test_a_killed_mail_server_is_replaced_and_sends_again(local_stack: RunningStack) -> None:
    user = local_stack.user()
    local_stack.signal("mail", signal.SIGKILL)
    assert user.login()["token_type"] == "Bearer"
    until(lambda: _is_asked(user), _RECOVERY)
    token = mailed_token(user.mailbox, Kind.RESET, user.email)
    user.api.success("POST", f"{AUTH}/password/reset", {"token": token, "password": PASSWORD})
    assert json.loads(local_stack.ready_file.read_text())["pids"]["mail"] != local_stack.ready["pids"]["mail"]


def _is_asked(user: User) -> bool:
    return user.api.request("POST", f"{AUTH}/password/forgot", {"email": user.email}).status_code == 202
