"""The flows in which secrets are planted: what a person or program sends to the stack or is answered by it.

A new kind of secret gets a function here and a place in FLOWS; tests/e2e/test_secrets_at_rest.py then looks for it.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local.demo.client import Api
from local.mailbox import Kind, invitation_token, mailed_token
from tests.support.ending_access import KEYS, SCOPES, USERS
from tests.support.exchanged_tokens import exchange, made_trust
from tests.support.oidc_issuer import oidc_issuer
from tests.support.stack_users import MODELS, User
from tests.support.waiting import until

AUTH, WEBHOOKS = "/api/v1/auth", "/api/v1/webhooks"
_FEATURES = {"features": [0, 0, 9, 0]}


@dataclass
class Planted:
    """Secrets by what they are. `founder` is the admin of an organization, once `accounts` has made it."""

    api: Api
    mailbox: Path
    email: str = field(default_factory=lambda: f"{secrets.token_hex(6)}@example.com")
    found: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.founder = self.api

    def password(self, name: str) -> str:
        self.found[name] = f"plain words {secrets.token_hex(12)}"
        return self.found[name]

    def keep(self, name: str, text: str) -> str:
        self.found[name] = text
        return text

    def by(self, token: str) -> Api:
        return replace(self.api, token=token)

    def refused(self, method: str, path: str, body: Any) -> None:
        assert self.api.request(method, path, body).status_code in {401, 409, 422}


def accounts(world: Planted) -> None:
    """A founder who registers, fails to log in, logs in, refreshes and changes the password."""
    first = world.password("first password")
    world.api.post(f"{AUTH}/register", {"email": world.email, "password": first})
    world.refused("POST", f"{AUTH}/login", {"email": world.email, "password": world.password("wrong password")})
    personal = world.keep("refused password", f"{world.email.partition('@')[0]} {secrets.token_hex(12)}")
    world.refused("POST", f"{AUTH}/register", {"email": world.email, "password": personal})
    token = world.keep("address token", mailed_token(world.mailbox, Kind.VERIFICATION, world.email))
    world.api.success("POST", f"{AUTH}/email/verify", {"token": token, "password": first})
    tokens = world.api.post(f"{AUTH}/login", {"email": world.email, "password": first})
    used = world.keep("used refresh token", tokens["refresh_token"])
    tokens = world.api.post(f"{AUTH}/refresh", {"refresh_token": used})
    world.keep("refresh token", tokens["refresh_token"])
    founder = world.by(world.keep("access token", tokens["access_token"]))
    changed = {"current_password": first, "password": world.password("changed password")}
    founder.success("PATCH", f"{USERS}/me", changed)


def reset(world: Planted) -> None:
    """The founder forgets the password, sets another one and logs in with it."""
    world.api.post(f"{AUTH}/password/forgot", {"email": world.email})
    token = world.keep("reset token", mailed_token(world.mailbox, Kind.RESET, world.email))
    body = {"token": token, "password": world.password("reset password")}
    world.api.success("POST", f"{AUTH}/password/reset", body)
    login = {"email": world.email, "password": world.found["reset password"]}
    tokens = world.api.post(f"{AUTH}/login", login)
    world.founder = world.by(world.keep("later access token", tokens["access_token"]))


def invitations(world: Planted) -> None:
    email = f"colleague.{world.email}"
    made = world.founder.post(f"{USERS}/invitations", {"email": email, "roles": ["viewer"]})
    used = world.keep("used invitation", invitation_token(made, world.mailbox))
    body = {"email": email, "password": world.password("colleague's password"), "invitation": used}
    world.api.post(f"{AUTH}/register", body)
    other = world.founder.post(f"{USERS}/invitations", {"email": f"other.{world.email}", "roles": ["viewer"]})
    world.keep("open invitation", invitation_token(other, world.mailbox))


def keys(world: Planted) -> None:
    """A key that predicts, its successor by a request with an idempotency key, and one with a typing error."""
    model_id = User(world.founder, world.email, "", "").publish_largest()
    made = world.founder.post(KEYS, {"name": "ci", "scopes": SCOPES})
    key = world.keep("API key", made["key"])
    world.by(key).post(f"{MODELS}/{model_id}/predict", _FEATURES)
    repeated = {"idempotency-key": secrets.token_hex(8)}
    path, body = f"{KEYS}/{made['id']}/rotate", {"grace_seconds": 60}
    rotated, again = (world.founder.success("POST", path, body, headers=repeated).json() for _ in range(2))
    assert again == rotated
    world.by(world.keep("rotated API key", rotated["key"])).get(MODELS)
    assert world.by(f"{key[:-1]}{'a' if key[-1] != 'a' else 'b'}").request("GET", MODELS).status_code == 401


def webhooks(world: Planted) -> None:
    """A webhook whose receiver gets signed requests, and refuses them; the later ones have two signatures."""
    with oidc_issuer() as receiver:  # it answers no POST
        made = world.founder.post(WEBHOOKS, {"url": f"{receiver.url}/hook"})
        path = f"{WEBHOOKS}/{made['id']}"
        world.keep("webhook secret", made["secret"])
        world.founder.post(f"{path}/test")
        until(lambda: _attempts(world, path), 20)
        rotated = world.founder.success("POST", f"{path}/rotate-secret", {"grace_seconds": 60}).json()
        world.keep("rotated webhook secret", rotated["secret"])
        sent = world.founder.post(f"{path}/test")["id"]
        until(lambda: [each for each in _attempts(world, path) if each["id"] == sent], 20)


def _attempts(world: Planted, path: str) -> list[Any]:
    """The deliveries that were tried."""
    return [each for each in world.founder.get(f"{path}/deliveries")["items"] if each["attempts"]]


def exchanges(world: Planted) -> None:
    """An ID token that is exchanged, and one of another subject that is not."""
    with oidc_issuer("ES256") as issuer:
        made = made_trust(User(world.founder, world.email, "", ""), issuer)
        for name, subject, status in (("ID token", "repo:acme/app:x", 200), ("refused ID token", "repo:b/b:x", 400)):
            token = world.keep(name, issuer.token("ES256", aud=made["audience"], sub=subject))
            answer = exchange(world.api, token)
            assert answer.status_code == status, answer.text
            if status == 200:
                world.by(world.keep("exchanged token", answer.json()["access_token"])).get(MODELS)


# In this order: each may use the founder that the ones before have left.
FLOWS: tuple[Callable[[Planted], None], ...] = (accounts, reset, invitations, keys, webhooks, exchanges)
