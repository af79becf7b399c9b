"""Token exchanges over HTTP with records in memory, and a real issuer."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from maas.adapters.access_tokens import SignedAccessTokens
from maas.adapters.oidc.id_tokens import SignedIdTokens
from maas.adapters.outbound.requests import HttpOutbound
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.principals import MODEL_SCOPES, Role
from maas.domain.identity.registration import AdmissionRules, Registration
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.domain.ids import new_id
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.accounts import AccountService
from maas.services.admission import Admission
from maas.services.steady_answers import SteadyAnswers
from maas.services.token_exchange import TokenExchangeService
from maas.web.routes.token_exchange import TOKEN, token_exchange_routes
from tests.fakes.attempts import FakeAttempts
from tests.fakes.identity import FakeIdentities, FakePasswords
from tests.fakes.trusted_issuers import FakeTrustedIssuers
from tests.support.http_gateway import Gateway, Reply
from tests.support.oidc_issuer import OidcIssuer
from tests.support.signing_keys import keys_of

FORM = {"content-type": "application/x-www-form-urlencoded"}
GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"


@dataclass
class ExchangeWorld:
    """The organization `tenant` trusts `issuer` for the audience `maas`, for its repository acme/app.

    `waits` has the seconds that refusals were held back, and `observed` what admins see of them. `clock` is that of the
    issuers' keys, in seconds.
    """

    issuer: OidcIssuer
    failures: int = 100
    tenant: str = field(default_factory=new_id)
    waits: list[float] = field(default_factory=list)
    observed: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.identities = FakeIdentities()
        self.issuers = FakeTrustedIssuers(self.identities.issuers)
        self.tokens = SignedAccessTokens(keys_of("s" * 64))
        self.accounts = AccountService(self.identities, FakePasswords(), self.tokens)
        self.account = self.service_account(self.tenant)
        self.trusted = self.trust()
        self.id_tokens = SignedIdTokens(HttpOutbound(loopback=True).send, lambda: self.seconds)
        service = TokenExchangeService(
            self.issuers,
            self.identities,
            self.id_tokens,
            self.tokens,
            Admission(FakeAttempts(), AdmissionRules(Registration.OPEN, self.failures, 20)),
            SteadyAnswers(0.5, clock=lambda: 0.0, sleep=self.waits.append),
            observe=lambda _trusted, subject, reason: self.observed.append((subject, reason)),
        )
        app = create_app(token_exchange_routes(service), title="auth", public={TOKEN})
        self._gateway = Gateway(lambda_handler(app), None)

    def service_account(self, tenant: str, role: Role = Role.DEVELOPER) -> User:
        made = User(
            id=new_id(),
            tenant_id=tenant,
            email="",
            name="ci",
            roles=frozenset({role}),
            created_at=datetime.now(UTC),
            kind=MemberKind.SERVICE,
        )
        self.identities.users[tenant, made.id] = made
        return made

    def trust(self, **fields: Any) -> TrustedIssuer:
        """Adds a trusted issuer, like the first one but for these fields."""
        made = TrustedIssuer(
            id=new_id(),
            tenant_id=self.tenant,
            name="ci",
            issuer=self.issuer.url,
            audience="maas",
            conditions={"sub": ("repo:acme/app:*",)},
            service_account_id=self.account.id,
            scopes=MODEL_SCOPES,
            created_by="ada",
            created_at=datetime.now(UTC),
        )
        made = replace(made, **fields)
        self.issuers.records[made.tenant_id, made.id] = made
        return made

    def post(self, token: str | None = None, **values: str | None) -> Reply:
        """Asks for an exchange; None leaves a parameter out."""
        good = {
            "grant_type": GRANT,
            "subject_token_type": ID_TOKEN,
            "subject_token": self.issuer.token() if token is None else token,
            "audience": self.tenant,
        }
        given = {name: value for name, value in {**good, **values}.items() if value is not None}
        return self.send(urlencode(given).encode())

    def send(self, body: bytes, **headers: str) -> Reply:
        return self._gateway("POST", TOKEN, body=body, headers={**FORM, **headers})
