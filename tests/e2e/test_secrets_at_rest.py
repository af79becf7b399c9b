"""Secrets that people and programs use are nowhere in clear: not in tables, logs, events, Redis or files.

The mailbox is left out: it stands for the mail program of the recipient, and tokens are there by design.
"""

import json
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from local.demo.client import Api
from local.mailbox import Kind, invitation_token, mailed_token
from tests.support.ending_access import KEYS, SCOPES, USERS
from tests.support.planted_secrets import dump, forms, found_in, secret_parts, signing_secrets
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack
from tests.support.subscribers import Subscriber
from tests.support.waiting import until

AUTH = "/api/v1/auth"
_KINDS = ("table ", "logs/")
_FEATURES = {"features": [0, 0, 9, 0]}


@dataclass
class Planted:
    """Secrets by what they are, as they were sent to the stack or answered by it."""

    api: Api
    mailbox: Path
    email: str = field(default_factory=lambda: f"{secrets.token_hex(6)}@example.com")
    found: dict[str, str] = field(default_factory=dict)

    def password(self, name: str) -> str:
        self.found[name] = f"plain words {secrets.token_hex(12)}"
        return self.found[name]

    def keep(self, name: str, text: str) -> str:
        self.found[name] = text
        return text

    def by(self, token: str) -> Api:
        return replace(self.api, token=token)

    def accounts(self) -> Api:
        """A founder who registers, fails to log in, logs in, refreshes and changes the password."""
        first = self.password("first password")
        self.api.post(f"{AUTH}/register", {"email": self.email, "password": first})
        self._refused("POST", f"{AUTH}/login", {"email": self.email, "password": self.password("wrong password")})
        personal = self.keep("refused password", f"{self.email.partition('@')[0]} {secrets.token_hex(12)}")
        self._refused("POST", f"{AUTH}/register", {"email": self.email, "password": personal})
        token = self.keep("address token", mailed_token(self.mailbox, Kind.VERIFICATION, self.email))
        self.api.success("POST", f"{AUTH}/email/verify", {"token": token, "password": first})
        tokens = self.api.post(f"{AUTH}/login", {"email": self.email, "password": first})
        used = self.keep("used refresh token", tokens["refresh_token"])
        tokens = self.api.post(f"{AUTH}/refresh", {"refresh_token": used})
        self.keep("refresh token", tokens["refresh_token"])
        founder = self.by(self.keep("access token", tokens["access_token"]))
        changed = {"current_password": first, "password": self.password("changed password")}
        founder.success("PATCH", f"{USERS}/me", changed)
        return founder

    def reset(self) -> Api:
        """The founder forgets the password, sets another one and logs in with it."""
        self.api.post(f"{AUTH}/password/forgot", {"email": self.email})
        token = self.keep("reset token", mailed_token(self.mailbox, Kind.RESET, self.email))
        body = {"token": token, "password": self.password("reset password")}
        self.api.success("POST", f"{AUTH}/password/reset", body)
        login = {"email": self.email, "password": self.found["reset password"]}
        return self.by(self.keep("later access token", self.api.post(f"{AUTH}/login", login)["access_token"]))

    def invitations(self, founder: Api) -> None:
        email = f"colleague.{self.email}"
        made = founder.post(f"{USERS}/invitations", {"email": email, "roles": ["viewer"]})
        used = self.keep("used invitation", invitation_token(made, self.mailbox))
        body = {"email": email, "password": self.password("colleague's password"), "invitation": used}
        self.api.post(f"{AUTH}/register", body)
        other = founder.post(f"{USERS}/invitations", {"email": f"other.{self.email}", "roles": ["viewer"]})
        self.keep("open invitation", invitation_token(other, self.mailbox))

    def keys(self, founder: Api, model_id: str) -> None:
        """A key that predicts, its successor, and one with a typing error."""
        made = founder.post(KEYS, {"name": "ci", "scopes": SCOPES})
        key = self.keep("API key", made["key"])
        self.by(key).post(f"{MODELS}/{model_id}/predict", _FEATURES)
        rotated = founder.post(f"{KEYS}/{made['id']}/rotate", {"grace_seconds": 60})
        self.by(self.keep("rotated API key", rotated["key"])).get(MODELS)
        assert self.by(f"{key[:-1]}{'a' if key[-1] != 'a' else 'b'}").request("GET", MODELS).status_code == 401

    def _refused(self, method: str, path: str, body: Any) -> None:
        assert self.api.request(method, path, body).status_code in {401, 409, 422}


@pytest.fixture(scope="module")
def subscriber(local_stack: RunningStack) -> Subscriber:
    return Subscriber(local_stack.client, local_stack.ready["buses"]["EventBus"])


@pytest.fixture(scope="module")
def planted(local_stack: RunningStack, subscriber: Subscriber) -> Planted:
    """The secrets of all flows, and the private values that the stack has made for itself."""
    world = Planted(local_stack.anonymous(), Path(local_stack.ready["mailbox"]))
    world.accounts()
    founder = world.reset()
    model_id = User(founder, world.email, "", "").publish_largest()
    world.invitations(founder)
    world.keys(founder, model_id)
    return world


@pytest.mark.kinds("embedded")
def test_no_secret_is_kept_or_written_in_clear(
    local_stack: RunningStack, planted: Planted, subscriber: Subscriber
) -> None:
    until(subscriber.details, 10)
    contents = dump(local_stack) | {"events": json.dumps(subscriber.received).encode()}
    assert len(planted.found) >= 15
    assert found_in(contents, planted.found) == []
    # The search reads what it should: public values of the same flow are in each place.
    tables, logs = (b"".join(text for place, text in contents.items() if place.startswith(kind)) for kind in _KINDS)
    assert planted.email.encode() in tables
    assert b"/api/v1/auth/login" in logs
    assert b"ModelCreated" in contents["events"]
    assert local_stack.ready["redis"] is None or contents["redis"]


@pytest.mark.kinds("embedded")
def test_no_signing_secret_leaves_secrets_manager(local_stack: RunningStack, planted: Planted) -> None:
    contents = {place: text for place, text in dump(local_stack).items() if place.startswith((*_KINDS, "redis"))}
    signing = signing_secrets(local_stack)
    assert len(signing) >= 2
    assert found_in(contents, signing) == []


@pytest.mark.kinds("embedded")
@pytest.mark.parametrize("name", ["first password", "API key", "refresh token", "open invitation", "access token"])
def test_a_secret_in_clear_or_in_base64_is_found(local_stack: RunningStack, planted: Planted, name: str) -> None:
    part = secret_parts(planted.found[name])[0]
    for form in forms(part):
        assert found_in({"x": b"before " + form + b" after"}, {name: planted.found[name]})
