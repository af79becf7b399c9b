"""The id under which a request is found in every log: the caller's `x-request-id` if it is sane, else API Gateway's."""

from collections.abc import MutableMapping
from typing import Any

from maas.domain.ids import new_id
from maas.platform.request_ids import is_sane

_KEY = "maas.request_id"


def request_id(scope: MutableMapping[str, Any]) -> str:
    """The id of this ASGI scope, chosen once."""
    if _KEY not in scope:
        scope[_KEY] = _choose(scope)
    return str(scope[_KEY])


def _choose(scope: MutableMapping[str, Any]) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
    if is_sane(given):
        return str(given)
    event = scope.get("aws.event") or {}
    return str(event.get("requestContext", {}).get("requestId") or new_id())
