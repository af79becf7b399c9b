"""Known and unknown addresses cost the auth function the same hashes and the same requests to the table."""

from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from maas.domain.ids import new_id
from tests.support.aws import Aws
from tests.support.http_gateway import Gateway, Reply

PASSWORD = "correct horse battery"
REGISTER, LOGIN = "/api/v1/auth/register", "/api/v1/auth/login"


class Work:
    """The auth function, and what each of its requests has done."""

    def __init__(self, app: ModuleType, patch: pytest.MonkeyPatch) -> None:
        self._gateway, self._done = Gateway(app.handler, None), Counter[str]()
        events = app.table.dynamo.client.meta.events
        events.register("before-call.dynamodb", lambda model, **_: self._done.update([model.name]))
        for name in ("hash", "matches"):
            self._count(app.passwords, name, patch)

    def _count(self, hasher: Any, name: str, patch: pytest.MonkeyPatch) -> None:
        original: Callable[..., Any] = getattr(hasher, name)

        def counted(*arguments: Any) -> Any:
            self._done.update([name])
            return original(*arguments)

        patch.setattr(hasher, name, counted)

    def __call__(self, path: str, email: str, **fields: str) -> tuple[Reply, Counter[str]]:
        self._done.clear()
        reply = self._gateway("POST", path, {"email": email, **fields})
        return reply, Counter(self._done)


@pytest.fixture
def work(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(aws.load("AuthFunction"), monkeypatch)


@pytest.fixture
def known(work: Work) -> str:
    email = f"{new_id()}@example.com"
    assert work(REGISTER, email, password=PASSWORD)[0].status == 201
    return email


def _unknown() -> str:
    return f"{new_id()}@example.com"


def test_a_failed_login_costs_the_same_for_every_address(work: Work, known: str) -> None:
    of_known, known_work = work(LOGIN, known, password="another horse battery")
    of_unknown, unknown_work = work(LOGIN, _unknown(), password="another horse battery")
    assert of_known.status == of_unknown.status == 401
    assert known_work["matches"] == 1
    assert known_work == unknown_work


def test_a_login_without_the_form_of_a_password_costs_no_hash(work: Work, known: str) -> None:
    for email in (known, _unknown()):
        reply, done = work(LOGIN, email, password="p" * 257)
        assert reply.status == 422
        assert done["matches"] == 0


def test_a_registration_hashes_once_whether_the_address_is_taken_or_not(work: Work, known: str) -> None:
    taken, known_work = work(REGISTER, known, password=PASSWORD)
    new, unknown_work = work(REGISTER, _unknown(), password=PASSWORD)
    assert (taken.status, new.status) == (409, 201)
    assert known_work["hash"] == unknown_work["hash"] == 1
    assert known_work["TransactWriteItems"] == unknown_work["TransactWriteItems"] == 1


def test_a_refused_password_costs_no_hash_and_tells_nothing_of_the_address(work: Work, known: str) -> None:
    (taken, known_work), (new, unknown_work) = (
        work(REGISTER, email, password="passwordpassword") for email in (known, _unknown())
    )
    assert (taken.status, taken.json["errors"]) == (new.status, new.json["errors"])
    assert taken.json["errors"][0]["rule"] == "common"
    assert known_work == unknown_work
    assert known_work["hash"] == 0


def test_without_a_sender_a_forgotten_password_is_503_for_every_address(work: Work, known: str) -> None:
    (of_known, known_work), (of_unknown, unknown_work) = (
        work("/api/v1/auth/password/forgot", email) for email in (known, _unknown())
    )
    assert (of_known.status, of_known.json["detail"]) == (of_unknown.status, of_unknown.json["detail"])
    assert of_known.status == 503
    assert "no sender" in of_known.json["detail"]
    assert known_work == unknown_work
