"""Changes that end somebody's access to a model, and callers who go on calling while such a change is made."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from local.demo.client import Api
from tests.support.stack_users import MODELS, PASSWORD, User

USERS, KEYS, ACCOUNTS = "/api/v1/users", "/api/v1/api-keys", "/api/v1/service-accounts"
SCOPES = ["models:read", "models:write", "inference:invoke"]
# Seconds from the answer of the change to the last accepted request (docs/decisions/0046).
ENDS_WITHIN = 5.0
_FEATURES = {"features": [0, 0, 9, 0]}
_PAUSE = 0.4


@dataclass(frozen=True)
class Access:
    """Access to a model: the callers who have it, and how it ends. Later answers have `status`."""

    callers: tuple[Api, ...]
    end: Callable[[], Any]
    status: int = 401


@dataclass
class Caller:
    """One kind of request that is repeated until the access has ended for certain; `answers` are (status, time)."""

    api: Api
    method: str
    path: str
    body: Any = None
    answers: list[tuple[int, float]] = field(default_factory=list)

    def call(self) -> int:
        answer = self.api.request(self.method, self.path, self.body)
        self.answers.append((answer.status_code, time.monotonic()))
        return answer.status_code

    def last_accepted(self) -> float:
        return max(moment for status, moment in self.answers if status == 200)

    def refusals(self) -> set[int]:
        return {status for status, _ in self.answers if status != 200}


@contextmanager
def _calling(callers: list[Caller]) -> Iterator[None]:
    """Has all callers call, each in its own thread."""
    ended = threading.Event()

    def run(caller: Caller) -> None:
        while not ended.is_set():
            caller.call()
            time.sleep(_PAUSE)

    threads = [threading.Thread(target=run, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def observed(access: Access, model_id: str) -> tuple[list[Caller], float]:
    """Ends the access while its callers read and predict, and for as long after as one could be accepted.

    Returns the callers, and the time of the change's answer.
    """
    paths = (("GET", f"{MODELS}/{model_id}", None), ("POST", f"{MODELS}/{model_id}/predict", _FEATURES))
    callers = [Caller(api, *request) for api in access.callers for request in paths]
    for caller in callers:
        assert caller.call() == 200, (caller.path, caller.answers)
    with _calling(callers):
        time.sleep(2 * _PAUSE)
        access.end()
        changed = time.monotonic()
        time.sleep(ENDS_WITHIN + 1)
    return callers, changed


def _with_token(user: User, token: str) -> Api:
    return replace(user.api, token=token)


def _ending(admin: User, method: str, path: str, body: Any = None) -> Callable[[], Any]:
    return lambda: admin.api.success(method, path, body)


def _key(admin: User, **fields: Any) -> Any:
    return admin.api.post(KEYS, {"name": secrets.token_hex(4), "scopes": SCOPES, **fields})


def revoked_key(admin: User, _: str) -> Access:
    made = _key(admin)
    return Access((_with_token(admin, made["key"]),), _ending(admin, "DELETE", f"{KEYS}/{made['id']}"))


def key_of_other_networks(admin: User, _: str) -> Access:
    made = _key(admin)
    end = _ending(admin, "PATCH", f"{KEYS}/{made['id']}", {"networks": ["192.0.2.0/24"]})
    return Access((_with_token(admin, made["key"]),), end, 403)


def key_of_a_deleted_service_account(admin: User, _: str) -> Access:
    account = admin.api.post(ACCOUNTS, {"name": secrets.token_hex(4), "roles": ["developer"]})["id"]
    made = _key(admin, service_account_id=account)
    return Access((_with_token(admin, made["key"]),), _ending(admin, "DELETE", f"{ACCOUNTS}/{account}"))


def ended_session(admin: User, _: str) -> Access:
    tokens = admin.login()
    session = tokens["refresh_token"].partition(".")[0]
    end = _ending(admin, "DELETE", f"{USERS}/me/sessions/{session}")
    return Access((_with_token(admin, tokens["access_token"]),), end)


def all_sessions_ended(admin: User, _: str) -> Access:
    member = admin.colleague("invoker", "viewer")
    other = _with_token(member, member.login()["access_token"])
    return Access((member.api, other), _ending(member, "DELETE", f"{USERS}/me/sessions"))


def other_session_of_a_changed_password(admin: User, _: str) -> Access:
    member = admin.colleague("invoker", "viewer")
    other = _with_token(member, member.login()["access_token"])
    changed = {"password": f"another {PASSWORD}", "current_password": PASSWORD}
    return Access((other,), _ending(member, "PATCH", f"{USERS}/me", changed))


def cut_roles(admin: User, _: str) -> Access:
    """The token and the key of a developer who has become a member without grants."""
    member = admin.colleague("developer")
    key = _with_token(member, _key(member)["key"])
    return Access((member.api, key), _ending(admin, "PATCH", f"{USERS}/{member.id}", {"roles": ["member"]}), 404)


def disabled_user(admin: User, _: str) -> Access:
    member = admin.colleague("developer")
    key = _with_token(member, _key(member)["key"])
    return Access((member.api, key), _ending(admin, "PATCH", f"{USERS}/{member.id}", {"disabled": True}))


def deleted_user(admin: User, _: str) -> Access:
    member = admin.colleague("developer")
    return Access((member.api,), _ending(admin, "DELETE", f"{USERS}/{member.id}"))


def granted(admin: User, grantee: User, model_id: str, subject: str, kind: str) -> Access:
    """Access by a grant alone, which is deleted. Waits until the grant counts."""
    path = f"{MODELS}/{model_id}/grants/{subject}"
    admin.api.success("PUT", path, {"role": "viewer", "kind": kind})
    started = time.monotonic()
    while grantee.api.request("POST", f"{MODELS}/{model_id}/predict", _FEATURES).status_code != 200:
        assert time.monotonic() - started < ENDS_WITHIN, "the grant does not count"
        time.sleep(_PAUSE)
    return Access((grantee.api,), _ending(admin, "DELETE", path), 404)


def deleted_grant(admin: User, model_id: str) -> Access:
    member = admin.colleague("member")
    return granted(admin, member, model_id, member.id, "user")
