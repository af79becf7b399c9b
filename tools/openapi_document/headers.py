"""Headers of answers."""

from collections.abc import Mapping
from typing import Any

_HEADERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Accept-Encoding": ("The codings that a body may have (RFC 9110, 12.5.3).", {"const": "identity"}),
    "Age": ("Seconds since the cached result was computed (RFC 9111, 5.1).", {"type": "string", "pattern": "^[0-9]+$"}),
    "Cache-Control": ("Whether the answer may be stored.", {"type": "string"}),
    "Content-Encoding": ("`gzip` if the answer is large and the caller accepts it.", {"const": "gzip"}),
    "Content-Security-Policy": ("What the page may load: its own parts alone.", {"type": "string"}),
    "Deprecation": (
        "The time at which the version was deprecated (RFC 9745).",
        {"type": "string", "pattern": "^@[0-9]+$"},
    ),
    "ETag": ("The entity tag of what is answered.", {"type": "string", "pattern": '^(W/)?"[^"]+"$'}),
    "Idempotency-Replayed": ("`true` if this is the first answer to the same request.", {"const": "true"}),
    "Link": (
        "The next page (RFC 8288); the last page has none.",
        {"type": "string", "pattern": '^<[^>]+>; rel="next"$'},
    ),
    "Location": ("The path of what was made.", {"type": "string", "pattern": "^/api/v1/"}),
    "RateLimit": ("What is left of the caller's requests (draft-ietf-httpapi-ratelimit-headers).", {"type": "string"}),
    "RateLimit-Policy": ("The limit that is nearest to its end.", {"type": "string"}),
    "Retry-After": ("Seconds until a retry may succeed.", {"type": "string", "pattern": "^[0-9]+$"}),
    "Vary": ("The headers of requests that the answer depends on.", {"type": "string"}),
    "WWW-Authenticate": ("The scheme of credentials (RFC 6750, 3).", {"const": "Bearer"}),
    "X-Cache": ("Whether the result comes from the cache.", {"enum": ["hit", "miss"]}),
    "X-Content-Type-Options": ("The type is not guessed.", {"const": "nosniff"}),
    "X-Request-Id": ("The id of the request in the logs.", {"type": "string", "minLength": 1}),
}
_SOME = ".optional"
_NAMES = {name.lower(): name for name in _HEADERS}


def named(name: str) -> str:
    """The header's usual spelling. Raises KeyError for one that the table lacks."""
    return _NAMES[name.lower()]


def reference(name: str, *, required: bool) -> dict[str, str]:
    """A reference to the header of an answer that always has it, or that some answers lack."""
    return {"$ref": f"#/components/headers/{named(name)}{'' if required else _SOME}"}


def components() -> dict[str, dict[str, Any]]:
    """Every header, as one that each answer has and as one that some answers lack."""
    found = {}
    for name, (description, schema) in _HEADERS.items():
        for required in (True, False):
            key = name if required else f"{name}{_SOME}"
            found[key] = {"description": description, "required": required, "schema": dict(schema)}
    return found
