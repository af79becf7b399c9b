"""Observes uses of API keys from networks that the authorizer has not seen: API Gateway uses its answers again."""

from collections.abc import Mapping
from typing import Any

from maas.domain.identity.credentials import KEY, parsed_credential
from maas.platform.request_context import RequestContext
from maas.services.observations import Observations


def observe_key_use(observations: Observations, request: RequestContext, authorizer: Mapping[str, Any]) -> None:
    """Notes the network of a request with a key, if it is not among those in the authorizer's answer."""
    known = str(authorizer.get("used_from", "")).split()
    if request.principal and known:
        kind, key_id = parsed_credential(request.principal.credential)
        if kind == KEY:
            observations.key_used(request.principal, key_id, known, request.source_address)
