"""The authorizer function with tokens signed by the auth function's key, and API keys in the identity table."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from maas.adapters.aws.identity.shown_keys import ShownKeys
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.errors import Unauthenticated, Unavailable
from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.domain.identity.principals import Role, Scope
from maas.domain.ids import new_id
from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader
from maas.security.tokens import ACCESS, Key, sign
from maas.wire.identity import keys as items
from maas.wire.identity.key_uses import KeyUse
from tests.support.api_keys import a_key
from tests.support.aws import ROOT, Aws
from tests.support.captured_logs import logged
from tests.support.http_gateway import CONTEXT, person


def _event(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "events" / "authorizer" / f"{case}.json").read_text())
    return found


@pytest.fixture(scope="module")
def key(aws: Aws) -> Key:
    secret = aws.application.functions["AuthFunction"].environment["MAAS_TOKEN_SECRET"]
    return TokenKeys.of(secret, SecretReader(aws.endpoint)).signing_key()


def test_a_valid_token_becomes_a_principal(aws: Aws, key: Key) -> None:
    event = _event("bearer")
    event["headers"]["authorization"] = f"Bearer {sign(key, ACCESS, person(subject='ada', tenant='acme'))}"
    answer = aws.load("AuthorizerFunction").handler(event, CONTEXT)
    assert answer["isAuthorized"] is True
    assert answer["context"]["sub"] == "ada"
    assert answer["context"]["tenant"] == "acme"
    assert "models:write" in answer["context"]["scopes"].split()


@pytest.mark.parametrize("case", ["bearer", "basic"])
def test_an_invalid_credential_becomes_a_problem(aws: Aws, case: str) -> None:
    answer = aws.load("AuthorizerFunction").handler(_event(case), CONTEXT)
    assert answer["isAuthorized"] is True
    assert answer["context"]["problem"] == "unauthenticated"


NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)


@dataclass
class _Keys:
    """The stored keys of one member, and their look-up at a clock that tests set."""

    table: IdentityTable
    name: str
    endpoint: str
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.shown = ShownKeys(self.name, self.endpoint, lambda: self.now)

    def store(self, secret: KeySecret, **changes: Any) -> ApiKey:
        user = User(
            id=new_id(), tenant_id=new_id(), email="a@x.io", name="A", roles=frozenset({Role.VIEWER}), created_at=NOW
        )
        key = replace(a_key(user, secret=secret, scopes={Scope.MODELS_READ}), **changes)
        self.table.dynamo.put(items.key_item(key))
        return key

    def stored(self, key_id: str) -> ApiKey:
        item = self.table.get(items.key_key(key_id))
        assert item is not None
        return items.key_of(key_id, item)


@pytest.fixture(scope="module")
def _keys(aws: Aws) -> _Keys:
    name = aws.application.functions["AuthorizerFunction"].environment["MAAS_IDENTITY_TABLE"]
    return _Keys(IdentityTable(name, aws.endpoint), name, aws.endpoint)


@pytest.fixture
def keys(_keys: _Keys) -> _Keys:
    _keys.now = NOW
    return _keys


def _answer(aws: Aws, text: str) -> Any:
    event = _event("key")
    event["headers"]["authorization"] = f"Bearer {text}"
    answer = aws.load("AuthorizerFunction").handler(event, CONTEXT)
    assert answer["isAuthorized"] is True
    return answer["context"]


def test_a_key_becomes_the_principal_of_its_owner(aws: Aws, keys: _Keys) -> None:
    secret = KeySecret.fresh()
    key = keys.store(secret, networks=("192.0.2.0/24", "2001:db8::/32"))
    assert _answer(aws, str(secret)) == {
        "sub": key.user_id,
        "tenant": key.tenant_id,
        "scopes": "models:read",
        "credential": secret.credential,
        "used_from": "203.0.113.0/24",
    }
    used = keys.stored(key.id)
    assert used.last_used_from == "203.0.113.7"
    assert used.last_used_at is not None
    assert datetime.now(UTC) - used.last_used_at < timedelta(minutes=1)


def test_another_secret_and_an_unknown_key_are_refused_alike(aws: Aws, keys: _Keys) -> None:
    key = keys.store(KeySecret.fresh())
    refused = _answer(aws, str(KeySecret.fresh(key.id)))
    assert refused["problem"] == "unauthenticated"
    assert refused == _answer(aws, str(KeySecret.fresh()))
    assert keys.stored(key.id).last_used_at is None


def test_an_expired_key_is_refused_from_its_expiry_on(keys: _Keys) -> None:
    secret = KeySecret.fresh()
    keys.store(secret, expires_at=NOW + timedelta(seconds=1))
    keys.shown.accepted(secret, "192.0.2.7")
    keys.now += timedelta(seconds=1)
    with pytest.raises(Unauthenticated, match="expired"):
        keys.shown.accepted(secret, "192.0.2.7")


def test_both_secrets_of_a_rotated_key_are_accepted_for_its_grace(keys: _Keys) -> None:
    old, new = KeySecret.fresh("R" * 16), KeySecret.fresh("R" * 16)
    keys.store(new, previous_digest=old.digest, previous_until=NOW + timedelta(seconds=9))
    for secret in (old, new):
        assert keys.shown.accepted(secret, "192.0.2.7").id == old.key_id
    keys.now += timedelta(seconds=9)
    assert keys.shown.accepted(new, "192.0.2.7").id == new.key_id
    with pytest.raises(Unauthenticated):
        keys.shown.accepted(old, "192.0.2.7")


def test_the_use_of_a_key_is_noted_once_a_minute(keys: _Keys) -> None:
    secret = KeySecret.fresh()
    key = keys.store(secret)
    noted = []
    for seconds, address in ((0, "192.0.2.1"), (59, "192.0.2.2"), (60, "2001:db8::1")):
        keys.now = NOW + timedelta(seconds=seconds)
        keys.shown.accepted(secret, address)
        stored = keys.stored(key.id)
        noted.append((stored.last_used_at, stored.last_used_from))
    later = NOW + timedelta(seconds=60)
    assert noted == [(NOW, "192.0.2.1"), (NOW, "192.0.2.1"), (later, "2001:db8::1")]


def test_a_use_that_another_process_has_noted_stays(keys: _Keys) -> None:
    secret = KeySecret.fresh()
    key = keys.store(secret, last_used_at=NOW, last_used_from="192.0.2.9")
    keys.shown._note(key.id, KeyUse(items.use_at(NOW + timedelta(seconds=30), "192.0.2.1")))
    assert keys.stored(key.id).last_used_from == "192.0.2.9"


def test_a_use_that_can_t_be_noted_is_logged_and_accepted(keys: _Keys) -> None:
    secret = KeySecret.fresh()
    key = keys.store(secret)
    with Stubber(keys.shown._client) as stub, logged() as log:
        stub.add_response("get_item", {"Item": _typed(items.key_item(key))})
        stub.add_client_error("update_item", "ProvisionedThroughputExceededException", "too fast")
        assert keys.shown.accepted(secret, "192.0.2.7").id == key.id
        assert "can't be noted" in log()
    assert secret.secret not in log()


def _typed(item: Any) -> Any:
    texts = {name: {"S": value} for name, value in item.items() if name != "scopes"}
    return {**texts, "scopes": {"L": [{"S": scope} for scope in item["scopes"]]}}


def test_a_table_that_does_not_answer_raises(keys: _Keys) -> None:
    """The gateway then answers 500, and does not remember it."""
    shown = ShownKeys(keys.name, "http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        shown.accepted(KeySecret.fresh(), "192.0.2.7")
