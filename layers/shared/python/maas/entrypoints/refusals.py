"""Observes requests that were refused a right."""

from collections.abc import Mapping
from typing import Any

from maas.domain.identity.api_keys import is_key_id
from maas.domain.identity.credentials import KEY
from maas.domain.identity.principals import Principal
from maas.domain.ids import canonical_id
from maas.platform.request_context import RequestContext
from maas.services.observations import Observations

# The kinds of the objects that path parameters name.
KINDS: Mapping[str, str] = {
    "model_id": "model",
    "upload_id": "upload",
    "user_id": "user",
    "account_id": "service_account",
    "session_id": "session",
    "key_id": "key",
    "invitation_id": "invitation",
    "webhook_id": "webhook",
    "issuer_id": "issuer",
    "job_id": "job",
}


def observe(observations: Observations, request: RequestContext, event: Mapping[str, Any]) -> None:
    """Notes a refusal, and waits a little for everything that was noted during the request."""
    by = request.principal
    if by and request.refusal:
        action = str(event.get("routeKey", ""))
        observations.refused(by, action, object_of(by, event.get("pathParameters") or {}), request.refusal)
    observations.settle()


def object_of(by: Principal, parameters: Mapping[str, Any]) -> str:
    """The object of a request by its path; the caller's organization if the path names none.

    A text that is no id is left out: somebody may have put a secret there by mistake.
    """
    for name, kind in KINDS.items():
        text = str(parameters.get(name, ""))
        if found := text if kind == KEY and is_key_id(text) else canonical_id(text):
            return f"{kind}/{found}"
    return f"organization/{by.tenant_id}"
