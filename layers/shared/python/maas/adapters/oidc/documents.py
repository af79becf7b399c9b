"""Documents of an issuer: its description (OpenID Connect Discovery 1.0), and the JWK Set that this names."""

from collections.abc import Callable
from typing import Any

from maas.adapters.oidc.key_sets import KeySet, key_set
from maas.domain.errors import IssuerUnreachable
from maas.domain.identity.issuer_terms import DISCOVERY
from maas.domain.outbound.exchange import OutboundAnswer, OutboundFailed, OutboundLimits, OutboundRequest
from maas.security.strict_json import strict_object

# Bytes of one document, and seconds for each. The largest known JWK Sets, which have certificates too, have 20 KB.
DOCUMENT_MAX, SECONDS = 128 * 1024, 4.0
_LIMITS = OutboundLimits(connect_seconds=2.0, seconds=SECONDS, answer_bytes=DOCUMENT_MAX)

Send = Callable[[OutboundRequest, OutboundLimits], OutboundAnswer]


def keys_of(issuer: str, send: Send) -> KeySet:
    """The public keys of an issuer, as it publishes them now.

    Raises:
        IssuerUnreachable: a document can't be read, or is not what it has to be.
    """
    description = _document(f"{issuer.rstrip('/')}{DISCOVERY}", "the issuer's description", send)
    if description.get("issuer") != issuer:
        raise IssuerUnreachable.because("the description names another issuer (issuer)")
    address = description.get("jwks_uri")
    if not isinstance(address, str):
        raise IssuerUnreachable.because("the description has no address of keys (jwks_uri)")
    try:
        return key_set(_document(address, "the issuer's key set", send))
    except ValueError as error:
        raise IssuerUnreachable.because(f"the issuer's key set: {error}") from None


def _document(url: str, name: str, send: Send) -> dict[str, Any]:
    try:
        answer = send(OutboundRequest("GET", url, {"accept": "application/json"}), _LIMITS)
    except OutboundFailed as error:
        raise IssuerUnreachable.because(f"{name}: {error.fault}") from None
    if answer.status != 200:
        raise IssuerUnreachable.because(f"{name}: the status is {answer.status}, not 200; redirects are not followed")
    if answer.cut:
        raise IssuerUnreachable.because(f"{name}: it has more than {DOCUMENT_MAX} bytes")
    try:
        return strict_object(answer.body)
    except (ValueError, TypeError, RecursionError):
        raise IssuerUnreachable.because(f"{name}: it is not one JSON object with each name once") from None
