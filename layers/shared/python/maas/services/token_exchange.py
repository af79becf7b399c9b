"""The exchange of an ID token of a trusted issuer for an access token (RFC 8693), without a secret of ours."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from maas.domain.clock import now as wall_clock
from maas.domain.errors import InvalidInput, IssuerUnreachable, NotFound, PermissionDenied, Rule, TokenNotTrusted
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.conditions import unmet
from maas.domain.identity.id_tokens import IdToken
from maas.domain.identity.issuer_terms import ISSUERS_MAX
from maas.domain.identity.networks import is_allowed
from maas.domain.identity.principals import Principal, Scope, parse_scopes, possible_scopes
from maas.domain.identity.trusted_issuers import AUDIENCE_PREFIX, TrustedIssuer
from maas.domain.ids import known_id
from maas.services.admission import Admission
from maas.services.ports.identity import AccessTokens, Identities
from maas.services.ports.trusted_issuers import IdTokens, TrustedIssuers
from maas.services.steady_answers import SteadyAnswers

# Seconds after which every refusal that depends on an organization's trust is answered, so that its time tells nothing.
REFUSAL_TIME = 0.5


# Receives a trusted issuer, the subject of a token that was refused (empty if its signature is wrong), and the reason.
Observe = Callable[[TrustedIssuer, str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedExchange:
    """A request. `audience` is the id of the organization, or this and the id of its trusted issuer behind a slash."""

    subject_token: str = field(repr=False)
    audience: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The result of an exchange; `expires_in` is in seconds from now."""

    access_token: str = field(repr=False)
    expires_in: int
    scopes: frozenset[Scope]


class TokenExchangeService:
    """`clock` returns aware datetimes. No URL is fetched but those of an issuer that the named organization trusts."""

    def __init__(
        self,
        issuers: TrustedIssuers,
        members: Identities,
        id_tokens: IdTokens,
        tokens: AccessTokens,
        admission: Admission,
        steady: SteadyAnswers,
        clock: Callable[[], datetime] = wall_clock,
        observe: Observe = lambda *_: None,
    ) -> None:
        self._issuers = issuers
        self._members = members
        self._id_tokens = id_tokens
        self._tokens = tokens
        self._admission = admission
        self._steady = steady
        self._clock = clock
        self._observe = observe

    def exchange(self, wanted: WantedExchange, source: str) -> Exchanged:
        """An access token for the caller at address `source`, who shows an ID token.

        Raises:
            InvalidInput: the request or the token is malformed, or several trusted issuers take it.
            TokenNotTrusted: the organization does not take it; the same for every reason, and after the same time.
            PermissionDenied: the scopes go beyond those of the trusted issuer or the service account.
            RateLimited: too many tokens from the network were not trusted.
            Unavailable: the issuer's keys can't be read, or the table does not answer.
        """
        token = self._id_tokens.read(wanted.subject_token, self._clock())
        tenant_id, issuer_id = _addressed(wanted.audience, token.audience)
        with self._admission.exchange(source, TokenNotTrusted), self._steady.refusal(TokenNotTrusted):
            trusted, account = self._trusted(token, tenant_id, issuer_id, source)
            scopes = _granted(trusted, account, wanted.scope)
            if not self._issuers.note_exchange(trusted, token, scopes):
                raise TokenNotTrusted.refused()
        by = Principal(account.id, account.tenant_id, account.roles, scopes, trusted.credential)
        lifetime = min(trusted.lifetime, self._tokens.lifetime)
        return Exchanged(self._tokens.issue(by, lifetime), lifetime, scopes)

    def _trusted(self, token: IdToken, tenant_id: str, issuer_id: str, source: str) -> tuple[TrustedIssuer, User]:
        """The trusted issuer that takes the token, and its service account."""
        candidates = [
            each
            for each in self._issuers.page(tenant_id, limit=ISSUERS_MAX, after="")
            if (each.issuer, each.audience) == (token.issuer, token.audience)
            and issuer_id in ("", each.id)
            and not each.disabled
        ]
        if not candidates:
            raise TokenNotTrusted.refused()
        self._check_signature(token, candidates[0])
        taking = [
            each
            for each in candidates
            if not unmet(each.conditions, token.claims) and is_allowed(each.networks, source)
        ]
        if len(taking) > 1:
            message = (
                "several trusted issuers take the token; name one: the organization's id, a slash, and the issuer's id"
            )
            raise InvalidInput.of("audience", Rule.REQUIRED, message)
        account = self._members.user(tenant_id, taking[0].service_account_id) if taking else None
        if account is None or account.kind is not MemberKind.SERVICE or account.disabled:
            self._observe(candidates[0], token.subject, _reason(candidates[0], token, taking))
            raise TokenNotTrusted.refused()
        return taking[0], account

    def _check_signature(self, token: IdToken, candidate: TrustedIssuer) -> None:
        """Raises TokenNotTrusted, IssuerUnreachable. Admins see the reason, and callers don't."""
        try:
            if self._id_tokens.is_signed(token):
                return
        except IssuerUnreachable as error:
            self._observe(candidate, "", error.reason)
            raise
        self._observe(candidate, "", "the signature is not by a key of the issuer")
        raise TokenNotTrusted.refused()


def _reason(candidate: TrustedIssuer, token: IdToken, taking: list[TrustedIssuer]) -> str:
    if taking:
        return "the service account is deleted or disabled"
    claims = ", ".join(unmet(candidate.conditions, token.claims))
    return f"conditions are not met: {claims}" if claims else "the network is another one"


def _addressed(asked: str, token_audience: str) -> tuple[str, str]:
    """The organization and, if it is named, the trusted issuer. Raises InvalidInput."""
    tenant, slash, issuer = (asked or token_audience).removeprefix(AUDIENCE_PREFIX).partition("/")
    try:
        found = known_id("audience", "organization", tenant)
        return found, known_id("audience", "trusted issuer", issuer) if slash else ""
    except NotFound:
        message = f"must be the id of the organization, unless the token is for {AUDIENCE_PREFIX} and this id (aud)"
        raise InvalidInput.of("audience", Rule.UUID if asked else Rule.REQUIRED, message) from None


def _granted(trusted: TrustedIssuer, account: User, scope: str) -> frozenset[Scope]:
    allowed = trusted.scopes & possible_scopes(account.roles)
    requested = parse_scopes(scope) or allowed
    if not requested or requested - allowed:
        names = " ".join(sorted(requested - allowed)) or "any scope"
        raise PermissionDenied.of("scope", f"the trusted issuer or its service account does not allow {names}")
    return requested
