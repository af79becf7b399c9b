"""Request ids that a caller may choose: short, and safe to repeat in logs and headers.

API Gateway logs an id of its own. Where the caller chose another one, function and registry log both, so that a search
for either finds the request (docs/runbook.md).
"""

import re

# The header of the registry's calls, and the field of log lines, for API Gateway's id.
GATEWAY_HEADER, GATEWAY_FIELD = "x-gateway-request-id", "gateway_request_id"
# The header of the registry's calls for the id of the effect that a call and its repeats have together.
EFFECT_HEADER = "x-effect-id"
# The header of the registry's calls for the network address of the function's caller.
SOURCE_HEADER = "x-source-address"
_SANE = re.compile(r"[A-Za-z0-9._=-]{1,64}")


def is_sane(request_id: str) -> bool:
    """Returns whether a caller's `x-request-id` is used; if not, the callee chooses an id."""
    return _SANE.fullmatch(request_id) is not None


def log_fields(request_id: str, gateway_request_id: str) -> dict[str, str]:
    """The ids as fields of log lines; API Gateway's only if it is another one."""
    other = {GATEWAY_FIELD: gateway_request_id} if gateway_request_id not in ("", request_id) else {}
    return {"request_id": request_id, **other}
