"""The exchange of tokens between the use case and OAuth's form of requests and errors (RFC 8693, RFC 6749)."""

from collections.abc import Mapping, Sequence

from fastapi import Response

from maas.contracts.trusted_issuers import ACCESS_TOKEN, ExchangedToken
from maas.domain import errors
from maas.domain.errors import FieldError, InvalidInput, MaasError, Rule
from maas.services.token_exchange import Exchanged, WantedExchange
from maas.web import problems

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKENS = ("urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt")
NO_STORE = {"cache-control": "no-store"}
# OAuth's code of an error, by the field and its broken rule; any other is `invalid_request`.
_CODES: Mapping[tuple[str, Rule], str] = {
    ("grant_type", Rule.ENUM): "unsupported_grant_type",
    ("scope", Rule.ENUM): "invalid_scope",
    ("scope", Rule.REQUIRED): "invalid_scope",
    ("audience", Rule.UUID): "invalid_target",
    ("resource", Rule.UNKNOWN): "invalid_target",
}


def wanted_exchange(values: Mapping[str, str]) -> WantedExchange:
    """The request. Other parameters are ignored, as OAuth asks. Raises InvalidInput."""
    _check(values, "grant_type", (GRANT,))
    _check(values, "subject_token_type", _ID_TOKENS)
    if "requested_token_type" in values:
        _check(values, "requested_token_type", (ACCESS_TOKEN,))
    for name in ("actor_token", "actor_token_type", "resource"):
        if name in values:
            raise InvalidInput.of(name, Rule.UNKNOWN, "is not supported here; leave it out")
    if "subject_token" not in values:
        raise InvalidInput.of("subject_token", Rule.REQUIRED, "must be given")
    return WantedExchange(
        subject_token=values["subject_token"], audience=values.get("audience", ""), scope=values.get("scope", "")
    )


def exchanged_token(exchanged: Exchanged) -> ExchangedToken:
    return ExchangedToken(
        access_token=exchanged.access_token,
        expires_in=exchanged.expires_in,
        scope=" ".join(sorted(exchanged.scopes)),
    )


def oauth_error(error: MaasError) -> Response:
    """The error as OAuth's clients read it, in the same body as the problem: both ignore the other's members."""
    status = problems.status_of(error)
    if isinstance(error, errors.InvalidInput | errors.PermissionDenied):
        first = next(((each.field, each.rule) for each in error.fields), ("", Rule.INVALID))
        code = _CODES.get(first, "invalid_request")
        return _answer(400, error.code, error.message, error.fields, code)
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, errors.RateLimited) else {}
    extra = {"limit": error.limit} if isinstance(error, errors.RateLimited) else {}
    code = "temporarily_unavailable" if status in (429, 503) else "server_error"
    return _answer(status, error.code, error.message, error.fields, code, headers, extra)


def _answer(
    status: int,
    code: str,
    detail: str,
    fields: Sequence[FieldError],
    oauth_code: str,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, object] | None = None,
) -> Response:
    oauth = {"error": oauth_code, "error_description": _described(detail)}
    return problems.problem(status, code, detail, fields, NO_STORE | dict(headers or {}), oauth | dict(extra or {}))


def _described(text: str) -> str:
    """The text in the characters that RFC 6749, 5.2 allows."""
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "'" for c in text)


def _check(values: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> None:
    if name not in values:
        raise InvalidInput.of(name, Rule.REQUIRED, f"must be given as {' or '.join(allowed)}")
    if values[name] not in allowed:
        raise InvalidInput.of(name, Rule.ENUM, f"must be {' or '.join(allowed)}")
