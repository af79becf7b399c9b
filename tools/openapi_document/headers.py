"""Headers of answers."""

from collections.abc import Iterable, Mapping
from typing import Any

_HEADERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Accept-Encoding": (
        "The codings that a body may have (RFC 9110, 12.5.3).",
        {"enum": ["identity", "gzip, deflate, identity"]},
    ),
    "Age": ("Seconds since the cached result was computed (RFC 9111, 5.1).", {"type": "string", "pattern": "^[0-9]+$"}),
    "Cache-Control": ("Whether the answer may be stored.", {"type": "string"}),
    "Content-Encoding": (
        "`gzip` or `deflate` if the answer is large and the caller accepts it.",
        {"enum": ["gzip", "deflate"]},
    ),
    "Content-Security-Policy": ("What the page may load: its own parts alone.", {"type": "string"}),
    "Deprecation": (
        "The time at which the version was deprecated (RFC 9745).",
        {"type": "string", "pattern": "^@[0-9]+$"},
    ),
    "ETag": ("The entity tag of what is answered.", {"type": "string", "pattern": '^(W/)?"[^"]+"$'}),
    "Idempotency-Replayed": ("`true` if this is the first answer to the same request.", {"const": "true"}),
    "Inference-Header-Content-Length": (
        "The bytes of the JSON in front of the bytes of tensors.",
        {"type": "string", "pattern": "^[0-9]+$"},
    ),
    "Link": (
        "The next page (RFC 8288); the last page has none.",
        {"type": "string", "pattern": '^<[^>]+>; rel="next"$'},
    ),
    "Location": ("The path of what was made.", {"type": "string", "pattern": "^/api/v1/"}),
    "RateLimit": ("What is left of the caller's requests (draft-ietf-httpapi-ratelimit-headers).", {"type": "string"}),
    "RateLimit-Policy": ("The limit that is nearest to its end.", {"type": "string"}),
    "Retry-After": ("Seconds until a retry may succeed.", {"type": "string", "pattern": "^[0-9]+$"}),
    "Server-Timing": ("The parts of a prediction's time in milliseconds (W3C Server Timing).", {"type": "string"}),
    "Vary": ("The headers of requests that the answer depends on.", {"type": "string"}),
    "WWW-Authenticate": ("The scheme of credentials (RFC 6750, 3).", {"const": "Bearer"}),
    "X-Cache": ("Whether the result comes from the cache.", {"enum": ["hit", "miss"]}),
    "X-Cold-Start": ("Whether the function was started for this prediction.", {"enum": ["true", "false"]}),
    "X-Content-Type-Options": ("The type is not guessed.", {"const": "nosniff"}),
    "X-Model-Version": ("The id of the model and the version that answered.", {"type": "string"}),
    "X-Prediction-Id": ("The prediction's id, which feedback names.", {"type": "string"}),
    "X-Rollout": ("The id of the rollout that has routed the call, and the side that answered.", {"type": "string"}),
    "X-Request-Id": ("The id of the request in the logs.", {"type": "string", "minLength": 1}),
}
_PLACE = "#/components/headers/"
_SOME = ".optional"
# What answers of predictions have, errors included.
OF_PREDICTIONS = ("Server-Timing", "X-Cold-Start", "X-Model-Version", "X-Rollout")
_NAMES = {name.lower(): name for name in _HEADERS}


def named(name: str) -> str:
    """The header's usual spelling. Raises KeyError for one that the table lacks."""
    return _NAMES[name.lower()]


def reference(name: str, *, required: bool) -> dict[str, str]:
    """A reference to the header of an answer that always has it, or that some answers lack."""
    return {"$ref": f"{_PLACE}{named(name)}{'' if required else _SOME}"}


def components(used: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The headers of these references: one that each answer has, or one that some answers lack."""
    keys = sorted({key for target in used if (key := target.removeprefix(_PLACE)) != target})
    return {key: _component(key.removesuffix(_SOME), required=not key.endswith(_SOME)) for key in keys}


def _component(name: str, *, required: bool) -> dict[str, Any]:
    description, schema = _HEADERS[name]
    return {"description": description, "required": required, "schema": dict(schema)}
