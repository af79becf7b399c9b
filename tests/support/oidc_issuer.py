"""An OpenID Connect issuer on loopback: it publishes its description and keys, and signs tokens of any kind."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

from tests.support.http_servers import http_server

DESCRIPTION, KEYS = "/.well-known/openid-configuration", "/keys"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
Handle = Callable[[BaseHTTPRequestHandler], None]


@cache
def private_key(kind: str, number: int = 0) -> Any:
    """A private key of this kind, always the same one for a number."""
    return {
        "RSA": lambda: rsa.generate_private_key(65537, 2048),
        "RSA-1024": lambda: rsa.generate_private_key(65537, 1024),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
        "ES256K": lambda: ec.generate_private_key(ec.SECP256K1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }[kind]()


def _at(now: int, value: Any) -> Any:
    if not isinstance(value, timedelta):
        return value
    seconds = now + value.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


def kind_of(algorithm: str) -> str:
    return "RSA" if algorithm[:2] in ("RS", "PS") else algorithm


def jwk(algorithm: str, private: Any, **members: Any) -> dict[str, Any]:
    """The public key as a JSON Web Key."""
    made: Any = get_default_algorithms()[algorithm].to_jwk(private.public_key(), as_dict=True)
    return {**made, "use": "sig", **members}


@dataclass
class OidcIssuer:
    """`key_set` is what it publishes, and `description` replaces members of its description.

    `fetched` has the path of every request. `handle`, if it is set, answers instead.
    """

    url: str
    key_set: list[dict[str, Any]] = field(default_factory=list)
    description: dict[str, Any] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    handle: Handle | None = None

    def publish(self, algorithm: str, kid: str = "", **members: Any) -> None:
        """Publishes the key of an algorithm as `kid`, by default the algorithm's name."""
        key = jwk(algorithm, private_key(kind_of(algorithm)), kid=kid or algorithm, **members)
        self.key_set.append(key)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Good claims with some of them changed; None leaves one out, and a timedelta is that time from now."""
        now = int(time.time())
        good = {
            "iss": self.url,
            "sub": "repo:acme/app:ref:refs/heads/main",
            "aud": "maas",
            "iat": now,
            "exp": now + 300,
        }
        claims = {name: value for name, value in {**good, **changed}.items() if value is not None}
        return {name: _at(now, value) for name, value in claims.items()}

    def token(
        self, algorithm: str = "RS256", header: Mapping[str, Any] | None = None, key: Any = None, **claims: Any
    ) -> str:
        """A signed token; of its header, None leaves a member out."""
        members = {"kid": algorithm, "typ": "JWT", **(header or {})}
        return jwt.encode(
            self.claims(**claims),
            key or private_key(kind_of(algorithm)),
            algorithm,
            headers={name: value for name, value in members.items() if value is not None or name == "typ"},
        )

    def document(self, path: str) -> Any:
        if path == KEYS:
            return {"keys": self.key_set}
        return {"issuer": self.url, "jwks_uri": f"{self.url}{KEYS}", **self.description}


@contextlib.contextmanager
def oidc_issuer(*algorithms: str) -> Iterator[OidcIssuer]:
    """Serves an issuer with keys of these algorithms until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetched.append(self.path)
            with contextlib.suppress(OSError):
                (issuer.handle or (lambda request: answer(request, issuer.document(self.path))))(self)

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    with http_server(Handler) as url:
        issuer = OidcIssuer(url)
        for algorithm in algorithms:
            issuer.publish(algorithm)
        yield issuer


def answer(request: BaseHTTPRequestHandler, document: Any, status: int = 200, **headers: str) -> None:
    """Answers with a document: bytes as they are, others as JSON."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    request.send_response(status)
    for name, value in {"content-type": "application/json", "content-length": str(len(body)), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
