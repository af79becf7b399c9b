"""Requests for an exchange, and what the access token may be used for."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from maas.domain.errors import Unauthenticated
from maas.domain.identity.accounts import MemberKind
from maas.domain.identity.principals import Role, Scope
from maas.domain.identity.trusted_issuers import TrustedIssuer, default_audience
from tests.support.exchange_world import ID_TOKEN, ExchangeWorld
from tests.support.oidc_issuer import OidcIssuer, oidc_issuer

RS256 = "RS256"


@pytest.fixture(scope="module")
def issuer() -> Iterator[OidcIssuer]:
    with oidc_issuer(RS256) as found:
        yield found


@pytest.fixture
def world(issuer: OidcIssuer) -> ExchangeWorld:
    return ExchangeWorld(issuer, failures=3)


def test_the_answer_is_that_of_rfc_8693(world: ExchangeWorld) -> None:
    reply = world.post(scope="models:read inference:invoke")
    assert reply.json == {
        "access_token": reply.json["access_token"],
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "inference:invoke models:read",
    }
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("values", "error", "field", "rule"),
    [
        ({"grant_type": None}, "invalid_request", "grant_type", "required"),
        ({"grant_type": ""}, "invalid_request", "grant_type", "required"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type", "grant_type", "enum"),
        ({"subject_token": None}, "invalid_request", "subject_token", "required"),
        ({"subject_token_type": None}, "invalid_request", "subject_token_type", "required"),
        (
            {"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"},
            "invalid_request",
            "subject_token_type",
            "enum",
        ),
        ({"requested_token_type": ID_TOKEN}, "invalid_request", "requested_token_type", "enum"),
        ({"actor_token": "x"}, "invalid_request", "actor_token", "unknown"),
        ({"resource": "https://api.example.com"}, "invalid_target", "resource", "unknown"),
        ({"audience": None}, "invalid_request", "audience", "required"),
        ({"audience": "acme"}, "invalid_target", "audience", "uuid"),
        ({"audience": "01939e4c-7d2a-7b02-8a41-90c2f3d4e5f6/x"}, "invalid_target", "audience", "uuid"),
        ({"scope": "everything"}, "invalid_scope", "scope", "enum"),
        ({"scope": "users:admin"}, "invalid_scope", "scope", "required"),
    ],
)
def test_a_bad_request_has_oauth_s_error_and_the_field(
    world: ExchangeWorld, values: dict[str, str | None], error: str, field: str, rule: str
) -> None:
    reply = world.post(**values)
    assert (reply.status, reply.json["error"], reply.headers["cache-control"]) == (400, error, "no-store")
    assert [(each["field"], each["rule"]) for each in reply.json["errors"]] == [(field, rule)]
    assert all(" " <= c <= "~" and c not in '"\\' for c in reply.json["error_description"])


@pytest.mark.parametrize(
    "body", [b"\xff", b"grant_type=%FF", b"&".join(b"n%d=1" % n for n in range(51)), b'{"grant_type": "x"}']
)
def test_a_body_that_is_no_form_is_refused(world: ExchangeWorld, body: bytes) -> None:
    assert (world.send(body).status, world.send(body).json["error"]) == (400, "invalid_request")


def test_a_parameter_may_be_given_once(world: ExchangeWorld) -> None:
    reply = world.send(urlencode([("scope", "a"), ("scope", "b"), ('x"é', "1"), ('x"é', "2")]).encode())
    assert [each["field"] for each in reply.json["errors"]] == ["scope", 'x"é']
    assert reply.json["error"] == "invalid_request"


def test_other_parameters_and_empty_ones_are_ignored(world: ExchangeWorld) -> None:
    assert world.post(client_id="ci", scope="", actor_token="", resource="").status == 200


def test_a_body_that_is_too_large_or_of_another_type_is_refused(world: ExchangeWorld) -> None:
    assert world.send(b"a=" + b"x" * 65536).status == 413
    assert world.send(b"{}", **{"content-type": "application/json"}).status == 415
    assert world.send(b"a=b", **{"content-encoding": "gzip"}).status == 415


def _current(world: ExchangeWorld, reply: Any) -> Any:
    return world.accounts.current(world.tokens.verify(reply.json["access_token"]))


def test_the_organization_may_be_named_by_the_token_s_audience_alone(world: ExchangeWorld) -> None:
    trusted = world.trust(audience=default_audience(world.tenant))
    reply = world.post(world.issuer.token(aud=trusted.audience), audience=None)
    assert _current(world, reply).credential == trusted.credential


def test_one_of_several_trusted_issuers_has_to_be_named(world: ExchangeWorld) -> None:
    other = world.trust(scopes=frozenset({Scope.MODELS_READ}))
    reply = world.post()
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, "audience")
    assert world.waits == []
    named = world.post(audience=f"{world.tenant}/{other.id}")
    assert _current(world, named).credential == other.credential


def test_the_trust_limits_scopes_models_networks_and_lifetime(world: ExchangeWorld) -> None:
    narrow = replace(
        world.trusted,
        scopes=frozenset({Scope.MODELS_READ, Scope.USERS_ADMIN}),
        models={"01939e4c-7d2a-7d00-8000-000000000001": "^1"},
        networks=("127.0.0.0/8",),
        lifetime=60,
    )
    world.issuers.change(world.trusted, narrow)
    reply = world.post()
    by = _current(world, reply)
    assert (reply.json["expires_in"], reply.json["scope"]) == (60, "models:read")
    assert (by.narrowed, by.networks) == (narrow.models, narrow.networks)
    world.issuers.change(narrow, replace(narrow, networks=("198.51.100.0/24",)))
    assert world.post().json["code"] == "token_not_trusted"


def _disabled(world: ExchangeWorld) -> None:
    world.issuers.change(world.trusted, replace(world.trusted, disabled=True))


def _deleted(world: ExchangeWorld) -> None:
    world.issuers.remove(world.trusted)


def _of_another_condition(world: ExchangeWorld) -> None:
    world.issuers.change(world.trusted, replace(world.trusted, conditions={"sub": ("repo:acme/other:*",)}))


def _account_disabled(world: ExchangeWorld) -> None:
    world.identities.users[world.tenant, world.account.id] = replace(world.account, disabled=True)


def _account_deleted(world: ExchangeWorld) -> None:
    del world.identities.users[world.tenant, world.account.id]


@pytest.mark.parametrize("end", [_disabled, _deleted, _of_another_condition, _account_disabled, _account_deleted])
def test_what_ends_a_trust_ends_its_tokens_and_takes_no_more(world: ExchangeWorld, end: Any) -> None:
    reply = world.post()
    end(world)
    with pytest.raises(Unauthenticated):
        _current(world, reply)
    assert world.post().json["code"] == "token_not_trusted"


def test_a_person_is_never_the_account_of_a_trust(world: ExchangeWorld) -> None:
    world.identities.users[world.tenant, world.account.id] = replace(world.account, kind=MemberKind.PERSON)
    assert world.post().json["code"] == "token_not_trusted"


def test_cut_roles_cut_the_scopes_of_the_next_token(world: ExchangeWorld) -> None:
    world.identities.users[world.tenant, world.account.id] = replace(world.account, roles=frozenset({Role.MEMBER}))
    assert "models:read" in world.post().json["scope"]  # a grant may allow it
    world.issuers.change(world.trusted, replace(world.trusted, scopes=frozenset({Scope.KEYS_MANAGE})))
    assert world.post().json["error"] == "invalid_scope"


def test_an_exchange_is_an_event_with_claims_and_without_tokens(world: ExchangeWorld) -> None:
    token = world.issuer.token()
    assert world.post(token).status == 200
    [event] = world.issuers.exchanges
    assert (event.type, event.object) == ("TokenExchanged", f"issuer/{world.trusted.id}")
    assert event.after is not None
    assert event.after["claims"] == {"sub": "repo:acme/app:ref:refs/heads/main"}
    assert token.split(".")[1] not in repr(event)


class _Deleting:
    """Trusted issuers of which one is deleted between the look-up and the commit."""

    def __init__(self, world: ExchangeWorld) -> None:
        self._world = world

    def note_exchange(self, trusted: TrustedIssuer, *arguments: Any) -> bool:
        self._world.issuers.remove(trusted)
        return type(self._world.issuers).note_exchange(self._world.issuers, trusted, *arguments)


def test_a_trust_that_is_deleted_meanwhile_gives_no_token(
    world: ExchangeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.issuers, "note_exchange", _Deleting(world).note_exchange)
    assert world.post().json["code"] == "token_not_trusted"
    assert world.issuers.exchanges == []


def test_a_network_has_a_bounded_number_of_tokens_that_are_not_trusted(world: ExchangeWorld) -> None:
    untrusted = world.issuer.token(sub="repo:evil/app:x")
    assert [world.post(untrusted).status for _ in range(4)] == [400, 400, 400, 429]
    reply = world.post()
    assert (reply.status, reply.json["limit"], reply.json["error"]) == (
        429,
        "exchange_network",
        "temporarily_unavailable",
    )
    assert int(reply.headers["retry-after"]) > 0


def test_good_and_malformed_tokens_use_no_limit_up(world: ExchangeWorld) -> None:
    assert {world.post().status for _ in range(6)} == {200}
    assert {world.post("x").status for _ in range(6)} == {400}


def test_admins_see_why_a_token_was_not_trusted(world: ExchangeWorld) -> None:
    world.post(world.issuer.token(sub="repo:evil/app:x"))
    world.post(world.issuer.token(header={"kid": "unknown"}))
    _account_disabled(world)
    world.post()
    assert world.observed == [
        ("repo:evil/app:x", "conditions are not met: sub"),
        ("", "the signature is not by a key of the issuer"),
        ("repo:acme/app:ref:refs/heads/main", "the service account is deleted or disabled"),
    ]


def test_a_token_of_an_issuer_that_nobody_trusts_is_no_event(world: ExchangeWorld) -> None:
    world.post(world.issuer.token(iss="https://evil.example.com"))
    assert world.observed == []
