"""ID tokens that must not be exchanged, at an issuer with keys of every algorithm.

What the token alone shows is told. What depends on an organization's trust is one answer, whatever the reason is.
"""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from maas.domain.ids import new_id
from tests.support.exchange_world import ExchangeWorld
from tests.support.http_gateway import Reply
from tests.support.oidc_issuer import ALGORITHMS, KEYS, OidcIssuer, jwk, kind_of, oidc_issuer, private_key

seconds = partial(timedelta, 0)
FORGED = 1  # number of a key that the issuer does not publish


@pytest.fixture(scope="module")
def issuer() -> Iterator[OidcIssuer]:
    with oidc_issuer(*ALGORITHMS) as found:
        found.publish("RS256", "only-256", alg="RS256")
        found.publish("RS256", "encryption", use="enc")
        found.publish("RS256", "signing-only", key_ops=["sign"])
        found.key_set += [
            jwk("RS256", private_key("RSA-1024"), kid="weak"),
            jwk("ES512", private_key("ES512"), kid="ES512"),
            jwk("ES256K", private_key("ES256K"), kid="ES256K"),
            {"kty": "oct", "k": "c2VjcmV0", "kid": "shared", "use": "sig"},
            {**jwk("RS256", private_key("RSA"), kid="published"), "d": "AQAB"},
            {**jwk("ES256", private_key("ES256"), kid="broken"), "x": "AAAA"},
            {"kty": ["RSA"], "kid": "odd"},
            "no key",  # type: ignore[list-item]
        ]
        yield found


@pytest.fixture(scope="module")
def world(issuer: OidcIssuer) -> ExchangeWorld:
    return ExchangeWorld(issuer, failures=0)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_each_algorithm_is_exchanged(world: ExchangeWorld, algorithm: str) -> None:
    reply = world.post(world.issuer.token(algorithm))
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    by = world.tokens.verify(reply.json["access_token"])
    assert (by.subject, by.tenant_id, by.credential) == (world.account.id, world.tenant, world.trusted.credential)
    assert world.accounts.current(by) == by


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": None}, {}),
        ({"typ": "jwt"}, {}),
        ({"kid": "only-256"}, {}),
        ({}, {"aud": ["maas"]}),
        ({}, {"nbf": seconds(30)}),
        ({}, {"iat": seconds(30)}),
        ({}, {"exp": seconds(-30), "iat": seconds(-300)}),
        ({}, {"iat": seconds(-3600)}),
        ({}, {"exp": seconds(10**7)}),
        ({}, {"exp": seconds(300.5)}),
        ({"jku": "https://evil.example.com/keys", "x5u": "https://evil.example.com"}, {}),
    ],
)
def test_an_unusual_but_good_token_is_exchanged(
    world: ExchangeWorld, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    assert world.post(world.issuer.token(header=header, **claims)).status == 200


def _raw(header: Any, claims: Any, sign: Callable[[bytes], bytes] = lambda _: b"signature") -> str:
    """A token of any header and claims, which may be bytes."""
    parts = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in (header, claims)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return (text + b"." + base64.urlsafe_b64encode(sign(text)).rstrip(b"=")).decode()


def _signed(header: dict[str, Any], claims: Any, private: Any = None) -> str:
    """A token of any claims, which may be bytes, with a good RS256 signature."""
    key = private or private_key("RSA")
    return _raw(header, claims, lambda text: bytes(key.sign(text, PKCS1v15(), SHA256())))


RS256 = {"alg": "RS256", "kid": "RS256", "typ": "JWT"}
# By name: the token, and the rule that the answer names.
Make = Callable[[OidcIssuer], str]
MALFORMED: dict[str, tuple[Make, str]] = {
    "no token": (lambda _: "token", "jwt"),
    "two segments": (lambda i: i.token().rpartition(".")[0], "jwt"),
    "four segments": (lambda i: i.token() + ".x", "jwt"),
    "encrypted (five segments)": (lambda i: i.token() + ".x.y", "jwt"),
    "no signature, none": (lambda i: _raw({**RS256, "alg": "none"}, i.claims(), lambda _: b""), "enum"),
    "None in capitals": (lambda i: _raw({**RS256, "alg": "nOnE"}, i.claims()), "enum"),
    "no algorithm": (lambda i: _raw({"kid": "RS256"}, i.claims()), "enum"),
    "algorithm is a list": (lambda i: _raw({**RS256, "alg": ["RS256"]}, i.claims()), "enum"),
    "HS256 with the public key": (lambda i: _hmac(i, "HS256"), "enum"),
    "HS384 with the public key": (lambda i: _hmac(i, "HS384"), "enum"),
    "HS512 with the public key": (lambda i: _hmac(i, "HS512"), "enum"),
    "ES512": (lambda i: i.token("ES512", key=private_key("ES512")), "enum"),
    "ES256K": (lambda i: i.token("ES256K", key=private_key("ES256K")), "enum"),
    "RSA1_5": (lambda i: _raw({**RS256, "alg": "RSA1_5"}, i.claims()), "enum"),
    "crit": (lambda i: i.token(header={"crit": ["exp"]}), "jwt"),
    "crit that is empty": (lambda i: _raw({**RS256, "crit": []}, i.claims()), "jwt"),
    "b64": (lambda i: _raw({**RS256, "b64": False}, i.claims()), "jwt"),
    "an access token": (lambda i: i.token(header={"typ": "at+jwt"}), "jwt"),
    "a logout token": (lambda i: i.token(header={"typ": "logout+jwt"}), "jwt"),
    "a security event": (lambda i: i.token(header={"typ": "secevent+jwt"}), "jwt"),
    "a type that is no text": (lambda i: _raw({**RS256, "typ": 1}, i.claims()), "jwt"),
    "events in the claims": (
        lambda i: i.token(events={"urn:logout": {}}),
        "jwt",
    ),
    "no key id": (lambda i: i.token(header={"kid": None}), "jwt"),
    "a key id that is no text": (lambda i: _raw({**RS256, "kid": 7}, i.claims()), "jwt"),
    "a long key id": (lambda i: i.token(header={"kid": "k" * 257}), "jwt"),
    "header is a list": (lambda i: _raw([], i.claims()), "jwt"),
    "claims are a list": (lambda _: _raw(RS256, []), "jwt"),
    "claims are no JSON": (lambda _: _raw(RS256, b"{"), "jwt"),
    "claims are not UTF-8": (lambda _: _raw(RS256, b'{"a":"\xff"}'), "jwt"),
    "claims with a lone surrogate": (lambda _: _signed(RS256, b'{"sub":"\\ud800"}'), "jwt"),
    "deep claims": (lambda _: _raw(RS256, b"[" * 9000), "jwt"),
    "a repeated claim": (lambda i: _signed(RS256, _twice(i, "sub")), "jwt"),
    "a repeated name inside of a claim": (lambda i: _signed(RS256, _nested(i)), "jwt"),
    "a repeated header": (lambda i: _raw(b'{"alg":"none","alg":"RS256","kid":"RS256"}', i.claims()), "jwt"),
    "padding": (lambda i: i.token() + "==", "jwt"),
    "another spelling": (lambda i: "\n" + i.token(), "jwt"),
    "foreign letters": (lambda i: i.token() + "é", "jwt"),
    "too long": (lambda i: i.token(x="x" * 16384), "max_length"),
    "no expiry": (lambda i: i.token(exp=None), "jwt"),
    "expired": (lambda i: i.token(exp=seconds(-61), iat=seconds(-300)), "expired"),
    "expiry is a text": (lambda i: _raw(RS256, i.claims(exp="1795940799")), "jwt"),
    "expiry is true": (lambda i: _raw(RS256, i.claims(exp=True)), "jwt"),
    "expiry is NaN": (lambda i: _raw(RS256, i.claims(exp=float("nan"))), "jwt"),
    "expiry is infinite": (lambda i: _raw(RS256, i.claims(exp=float("inf"))), "jwt"),
    "expiry has 400 digits": (lambda i: _raw(RS256, i.claims(exp=10**400)), "jwt"),
    "expiry has 5000 digits": (lambda _: _raw(RS256, b'{"exp":' + b"9" * 5000 + b"}"), "jwt"),
    "expires before it was issued": (lambda i: i.token(exp=seconds(-10), iat=seconds(0)), "jwt"),
    "not issued": (lambda i: i.token(iat=None), "jwt"),
    "issued in the future": (lambda i: i.token(iat=seconds(120), exp=seconds(300)), "range"),
    "issued long ago": (lambda i: i.token(iat=seconds(-3700)), "expired"),
    "not valid yet": (lambda i: i.token(nbf=seconds(120)), "range"),
    "begin is a text": (lambda i: _raw(RS256, i.claims(nbf="now")), "jwt"),
    "no subject": (lambda i: i.token(sub=None), "jwt"),
    "an empty subject": (lambda i: i.token(sub=""), "jwt"),
    "a subject that is a number": (lambda i: _raw(RS256, i.claims(sub=7)), "jwt"),
    "a long subject": (lambda i: i.token(sub="s" * 1025), "jwt"),
    "no issuer": (lambda i: i.token(iss=None), "jwt"),
    "an issuer that is a list": (lambda i: _raw(RS256, i.claims(iss=[i.url])), "jwt"),
    "no audience": (lambda i: i.token(aud=None), "jwt"),
    "no audience in a list": (lambda i: i.token(aud=[]), "jwt"),
    "two audiences": (lambda i: i.token(aud=["maas", "sts.amazonaws.com"]), "jwt"),
    "an audience that is an object": (lambda i: _raw(RS256, i.claims(aud={"maas": 1})), "jwt"),
}


def _hmac(issuer: OidcIssuer, algorithm: str) -> str:
    """A token that is signed with the text of the public key as a shared secret (CVE-2016-10555)."""
    pem = private_key("RSA").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    digest = f"sha{algorithm[2:]}"
    return _raw({**RS256, "alg": algorithm}, issuer.claims(), lambda text: hmac.digest(pem, text, digest))


def _twice(issuer: OidcIssuer, claim: str) -> bytes:
    good = json.dumps(issuer.claims())
    return f'{{"{claim}":"repo:evil/app:x",{good[1:]}'.encode()


def _nested(issuer: OidcIssuer) -> bytes:
    return json.dumps(issuer.claims()).encode()[:-1] + b',"a":{"b":1,"b":2}}'


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_token_is_refused_with_its_rule(world: ExchangeWorld, name: str) -> None:
    make, rule = MALFORMED[name]
    before = len(world.issuer.fetched)
    reply = world.post(make(world.issuer))
    assert (reply.status, reply.json["code"], reply.json["error"]) == (400, "invalid_input", "invalid_request")
    assert [(error["field"], error["rule"]) for error in reply.json["errors"]] == [("subject_token", rule)]
    assert reply.json["error_description"] == reply.json["detail"]
    assert reply.headers["cache-control"] == "no-store"
    assert len(world.issuer.fetched) == before


def _forged(issuer: OidcIssuer, algorithm: str) -> str:
    return issuer.token(algorithm, key=private_key(kind_of(algorithm), FORGED))


def _altered(issuer: OidcIssuer) -> str:
    header, _, signature = issuer.token().split(".")
    claims = issuer.token(sub="repo:acme/app:environment:production").split(".")[1]
    return f"{header}.{claims}.{signature}"


# Well-formed tokens that no trusted issuer takes.
UNTRUSTED: dict[str, Make] = {
    **{f"forged {algorithm}": lambda i, a=algorithm: _forged(i, a) for algorithm in ALGORITHMS},  # type: ignore[misc]
    "altered claims": _altered,
    "no signature at all": lambda i: i.token().rpartition(".")[0] + ".",
    "key in the header": lambda i: i.token(
        header={"jwk": jwk("RS256", private_key("RSA", FORGED))}, key=private_key("RSA", FORGED)
    ),
    "address of keys in the header": lambda i: i.token(
        header={"jku": f"{i.url}{KEYS}?evil"}, key=private_key("RSA", FORGED)
    ),
    "an unknown key id": lambda i: i.token(header={"kid": "unknown"}),
    "a key id that is a path": lambda i: i.token(header={"kid": "../../dev/null"}),
    "another key's id": lambda i: i.token("ES256", header={"kid": "RS256"}),
    "another curve's key": lambda i: _raw({**RS256, "alg": "ES384", "kid": "ES256"}, i.claims()),
    "a key of another algorithm": lambda i: i.token("RS512", header={"kid": "only-256"}),
    "a PSS token for a key of RS256": lambda i: i.token("PS256", header={"kid": "only-256"}),
    "a key for encryption": lambda i: i.token(header={"kid": "encryption"}),
    "a key that may not verify": lambda i: i.token(header={"kid": "signing-only"}),
    "an RSA key of 1024 bits": lambda i: _signed({**RS256, "kid": "weak"}, i.claims(), private_key("RSA-1024")),
    "a private key in the set": lambda i: i.token(header={"kid": "published"}),
    "a broken key": lambda i: i.token("ES256", header={"kid": "broken"}),
    "an odd key": lambda i: i.token(header={"kid": "odd"}),
    "a shared secret in the set": lambda i: i.token(header={"kid": "shared"}),
    "EdDSA's signature for ES256": lambda i: i.token("EdDSA", header={"kid": "ES256"}),
    "another issuer": lambda i: i.token(iss="https://evil.example.com"),
    "the issuer with a slash": lambda i: i.token(iss=f"{i.url}/"),
    "the issuer in capitals": lambda i: i.token(iss=i.url.upper()),
    "the issuer's prefix": lambda i: i.token(iss=f"{i.url}.evil.example.com"),
    "another audience": lambda i: i.token(aud="sts.amazonaws.com"),
    "the audience in capitals": lambda i: i.token(aud="MAAS"),
    "another repository": lambda i: i.token(sub="repo:acme/other:ref:refs/heads/main"),
    "a repository with a longer name": lambda i: i.token(sub="repo:acme/application:ref:refs/heads/main"),
    "another owner with the pattern inside": lambda i: i.token(sub="repo:evil/x:repo:acme/app:ref"),
    "a subject in capitals": lambda i: i.token(sub="REPO:acme/app:ref"),
    "the pattern itself": lambda i: i.token(sub="repo:acme/app*"),
}


def _uniform(reply: Reply) -> dict[str, Any]:
    return {name: value for name, value in reply.json.items() if name != "request_id"}


@pytest.fixture(scope="module")
def refusal(world: ExchangeWorld) -> dict[str, Any]:
    """The answer to a token of an issuer that nobody trusts."""
    return _uniform(world.post(world.issuer.token(iss="https://nobody.example.com")))


@pytest.mark.parametrize("name", UNTRUSTED)
def test_a_token_that_is_not_trusted_gets_one_answer(world: ExchangeWorld, refusal: dict[str, Any], name: str) -> None:
    world.waits.clear()
    reply = world.post(UNTRUSTED[name](world.issuer))
    assert (reply.status, reply.json["code"], reply.json["error"]) == (400, "token_not_trusted", "invalid_request")
    assert _uniform(reply) == refusal
    assert world.waits == [0.5]
    assert world.issuer.url not in reply.text


@dataclass(frozen=True)
class Stranger:
    """Another organization, which trusts the same issuer and audience for everything of acme."""

    tenant: str


@pytest.fixture
def stranger(world: ExchangeWorld) -> Iterator[Stranger]:
    tenant = new_id()
    account = world.service_account(tenant)
    made = world.trust(tenant_id=tenant, service_account_id=account.id, conditions={"sub": ("repo:evil/app:*",)})
    yield Stranger(tenant)
    world.issuers.remove(made)


def test_nobody_learns_which_organization_trusts_which_issuer(
    world: ExchangeWorld, refusal: dict[str, Any], stranger: Stranger
) -> None:
    token, before = world.issuer.token(), len(world.issuer.fetched)
    for organization in (stranger.tenant, new_id(), world.tenant[::-1].replace("-", "")[:32]):
        assert _uniform(world.post(token, audience=organization)) == refusal
    assert _uniform(world.post(world.issuer.token(iss="https://github.example.com"))) == refusal
    assert len(world.issuer.fetched) == before


def test_a_stranger_s_trust_neither_takes_nor_spoils_a_token(world: ExchangeWorld, stranger: Stranger) -> None:
    taking = world.trust(tenant_id=stranger.tenant, service_account_id=world.service_account(stranger.tenant).id)
    reply = world.post()
    assert world.tokens.verify(reply.json["access_token"]).tenant_id == world.tenant
    assert world.post(audience=None).json["errors"][0]["field"] == "audience"
    world.issuers.remove(taking)
