"""The HTTP API's authorizer: from a Bearer token to the principal it names.

It never denies, because API Gateway can't say why; see docs/decisions/0001-authorizer-never-denies.md.
"""

from collections.abc import Mapping
from typing import Any

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import Unauthenticated
from maas.platform.observability import logger
from maas.platform.settings import AwsSettings, TokenSettings, read
from maas.security.bearer import bearer_token
from maas.security.keyring import Keys

tokens = SignedAccessTokens(Keys.of(read(TokenSettings).secret, read(AwsSettings).endpoint))


@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Simple response, payload 2.0: `context` is a principal, or a problem that the function turns into a 401."""
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
        raise Unauthenticated("this needs a token: Authorization: Bearer <token>")
    return token


def _principal(token: str) -> dict[str, str]:
    found = tokens.verify(token)
    return {
        "sub": found.subject,
        "tenant": found.tenant_id,
        "roles": " ".join(sorted(found.roles)),
        "scopes": " ".join(sorted(found.scopes)),
    }
