"""The HTTP API's authorizer: verifies the Bearer token and returns the principal that it names.

It never denies: docs/decisions/0001-authorizer-never-denies.md gives the reason.
"""

from collections.abc import Mapping
from typing import Any

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import NO_CREDENTIAL, Unauthenticated
from maas.platform.observability import logger
from maas.platform.settings import AwsSettings, TokenSettings, read
from maas.security.bearer import bearer_token
from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader

secrets = SecretReader(read(AwsSettings).endpoint)
tokens = SignedAccessTokens(TokenKeys.of(read(TokenSettings).secret, secrets))


@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """A simple response (payload 2.0). Its context is a principal, or a problem that the function answers as 401."""
    try:
        answer = _principal(_bearer(event.get("headers") or {}))
    except Unauthenticated as error:
        answer = {"problem": error.code, "detail": error.message}
        logger.info("credential refused", extra=answer)
    return {"isAuthorized": True, "context": answer}


def _bearer(headers: Mapping[str, str]) -> str:
    """The request's token. Header names may be in any case: only API Gateway lower-cases them.

    Raises:
        Unauthenticated: the request has no Bearer token.
    """
    authorization = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    token = bearer_token(authorization)
    if not token:
        raise Unauthenticated(NO_CREDENTIAL)
    return token


def _principal(token: str) -> dict[str, str]:
    principal = tokens.verify(token)
    return {
        "sub": principal.subject,
        "tenant": principal.tenant_id,
        "roles": " ".join(sorted(principal.roles)),
        "scopes": " ".join(sorted(principal.scopes)),
        "credential": principal.credential,
    }
