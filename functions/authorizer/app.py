"""The HTTP API's authorizer: verifies the Bearer token or API key and returns the principal that it names.

It never denies: docs/decisions/0001-authorizer-never-denies.md gives the reason.
"""

from maas.entrypoints.cold_start import ready

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import NO_CREDENTIAL, Unauthenticated
from maas.domain.identity.key_prefix import PREFIX
from maas.platform.environment import AwsSettings, IdentitySettings, TokenSettings, read
from maas.platform.observability import logger
from maas.security.bearer import bearer_token
from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader

if TYPE_CHECKING:
    from maas.adapters.aws.identity.shown_keys import ShownKeys

secrets = SecretReader(read(AwsSettings).endpoint)
tokens = SignedAccessTokens(TokenKeys.of(read(TokenSettings).secret, secrets))
identity = read(IdentitySettings)


@cache
def keys() -> "ShownKeys":
    """The look-up of API keys, made and imported at the first key: a cold start with a token does not pay for it."""
    from maas.adapters.aws.identity.shown_keys import ShownKeys

    return ShownKeys(identity.table, identity.endpoint)


@ready
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """A simple response (payload 2.0). Its context is a principal, or a problem that the function answers as 401."""
    try:
        credential = _bearer(event.get("headers") or {})
        answer = _by_key(credential, event) if credential.startswith(PREFIX) else _by_token(credential)
    except Unauthenticated as error:
        answer = {"problem": error.code, "detail": error.message}
        logger.info("credential refused", extra=answer)
    return {"isAuthorized": True, "context": answer}


def _bearer(headers: Mapping[str, str]) -> str:
    """The request's token or API key. Header names may be in any case: only API Gateway lower-cases them.

    Raises:
        Unauthenticated: the request has no Bearer token.
    """
    authorization = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    token = bearer_token(authorization)
    if not token:
        raise Unauthenticated(NO_CREDENTIAL)
    return token


def _by_token(token: str) -> dict[str, str]:
    principal = tokens.verify(token)
    return {
        "sub": principal.subject,
        "tenant": principal.tenant_id,
        "roles": " ".join(sorted(principal.roles)),
        "scopes": " ".join(sorted(principal.scopes)),
        "credential": principal.credential,
    }


def _by_key(text: str, event: Mapping[str, Any]) -> dict[str, str]:
    """The member that a key acts for. Its roles are read with the member's record, by whoever decides on rights.

    So are the networks of the key: API Gateway uses this answer again for requests from other addresses. `used_from`
    has the networks that are no news, so that functions see a new one among those requests.
    """
    from maas.domain.identity.api_keys import shown_secret
    from maas.domain.identity.observations import known_networks

    shown = shown_secret(text)
    request = event["requestContext"]
    address = request["http"]["sourceIp"]
    key = keys().accepted(shown, address, request.get("requestId", ""))
    return {
        "sub": key.user_id,
        "tenant": key.tenant_id,
        "scopes": " ".join(sorted(key.scopes)),
        "credential": shown.credential,
        "used_from": " ".join(known_networks(key, address)),
    }
