"""The values that fields and parameters take, as JSON Schema. Limits and words are those of the domain."""

from collections.abc import Iterable, Mapping
from typing import Any

from maas.domain import value_rules as rules
from maas.domain.catalog.aliases import ALIASES_MAX
from maas.domain.catalog.models import Framework, ModelSort, ModelStatus
from maas.domain.catalog.references import REFERENCE_MAX
from maas.domain.catalog.versions import VERSION_MAX, VersionState
from maas.domain.idempotency import KEY_MAX
from maas.domain.identity.addresses import EMAIL_MAX
from maas.domain.identity.api_keys import GRACE_MAX
from maas.domain.identity.grants import SubjectKind
from maas.domain.identity.key_terms import MODELS_MAX
from maas.domain.identity.networks import NETWORKS_MAX
from maas.domain.identity.passwords import PASSWORD_MAX, PASSWORD_MIN
from maas.domain.identity.principals import GRANT_ROLES, Role, Scope
from maas.domain.uploads.paths import SEGMENT_MAX_BYTES
from maas.domain.uploads.sessions import PART_MAX, PART_MIN, PARTS_MAX
from maas.domain.webhooks.event_types import EVENT_TYPES
from maas.domain.webhooks.terms import DESCRIPTION_MAX as WEBHOOK_DESCRIPTION_MAX

Schema = Mapping[str, Any]

_NUMBER = r"(0|[1-9][0-9]*)"
_IDENTIFIER = r"(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_SEMVER = rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_IDENTIFIER}(\.{_IDENTIFIER})*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?"
# Words of printable ASCII; a version in one of them has at most 64 characters.
_WORD = rf"[<>=^~]*[\x21-\x7e]{{1,{VERSION_MAX}}}"
_REFERENCE = rf"^ *{_WORD}( +{_WORD})* *$"
_SCOPE = "|".join(Scope)
# One line without control characters, and without white space at either end.
_LABEL = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$"
LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
PROSE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
# Names between slashes, as each system can make them; devices of Windows and lengths of names are left to the server.
_NO_NAME = r'/\\<>:"|?*\x00-\x1f\x7f-\x9f'
_FILE_NAME = rf"([^{_NO_NAME}\s][^{_NO_NAME}]*)?[^{_NO_NAME}\s.]"
FILE_PATH = rf"^{_FILE_NAME}(/{_FILE_NAME})*$"
_ATOM = r"[^@\s\x00-\x1f\x7f-\x9f]"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"


def words(values: Iterable[str]) -> Schema:
    return {"type": "string", "enum": [str(value) for value in values]}


def text(maximum: int, minimum: int = 0, pattern: str = "") -> Schema:
    found: dict[str, Any] = {"type": "string", "maxLength": maximum}
    return found | ({"minLength": minimum} if minimum else {}) | ({"pattern": pattern} if pattern else {})


def optional(schema: Schema) -> Schema:
    """The value, or an empty text, which a parameter of a query takes as if it were left out."""
    if "enum" in schema:
        return {**schema, "enum": ["", *schema["enum"]]}
    return {"anyOf": [{"type": "string", "maxLength": 0}, schema]}


VALUES: Mapping[str, Schema] = {
    "id": {"type": "string", "format": "uuid"},
    "key_id": {"type": "string", "pattern": "^[0-9A-Za-z]{16}$"},
    "subject": {"type": "string", "pattern": "^([0-9A-Za-z]{16}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"},
    "alias": text(rules.ALIAS_MAX, 1, "^[a-z][a-z0-9-]*$"),
    "number": text(VERSION_MAX, 1, f"^{_SEMVER}$"),
    "reference": text(REFERENCE_MAX, 1, _REFERENCE),
    "range": text(REFERENCE_MAX, 1, _REFERENCE),
    "name": text(rules.NAME_MAX, 1, _LABEL),
    "line": {"type": "string", "pattern": LINE},
    "tag": text(rules.TAG_MAX, 1, "^[A-Za-z0-9][A-Za-z0-9._:/-]*$"),
    "moment": {"type": "string", "format": "date-time", "pattern": _MOMENT},
    "email": text(EMAIL_MAX, 5, rf"^{_ATOM}+@{_ATOM[:-1]}.]+(\.{_ATOM[:-1]}.]+)+$"),
    "password": text(PASSWORD_MAX, PASSWORD_MIN, LINE),
    "shown_password": text(PASSWORD_MAX, 0, LINE),
    "framework": words(Framework),
    "status": words(ModelStatus),
    "state": words(VersionState),
    "sort": words(ModelSort),
    "holder": words((SubjectKind.USER, SubjectKind.ORGANIZATION)),
    "kind": words(SubjectKind),
    "grant_role": words(sorted(GRANT_ROLES)),
    "role": words(Role),
    "scope": words(Scope),
    "scope_list": {"type": "string", "pattern": f"^ *({_SCOPE})( +({_SCOPE}))* *$"},
    "event_type": words(EVENT_TYPES),
    "sha256": {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"},
    "md5_base64": {"type": "string", "pattern": "^[A-Za-z0-9+/]{21}[AQgw]==$"},
    "sha256_base64": {"type": "string", "pattern": "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"},
    "filename": text(SEGMENT_MAX_BYTES, 1, r'^[^/\\<>:"|?*\x00-\x1f\x7f-\x9f]+$'),
    "description": text(rules.DESCRIPTION_MAX, 0, PROSE),
    "webhook_description": text(WEBHOOK_DESCRIPTION_MAX, 0, LINE),
    "reason": text(rules.REASON_MAX, 0, PROSE),
    "model_card": text(rules.MODEL_CARD_MAX, 0, PROSE),
    "if_match": {"type": "string", "pattern": r'^(\*|(W/)?"[\x21\x23-\x7e]*")$'},
    "idempotency_key": {"type": "string", "minLength": 1, "maxLength": KEY_MAX + 2, "pattern": r"^[!#-+\--\[\]-~]+$"},
    "grace": {"type": "integer", "minimum": 0, "maximum": int(GRACE_MAX.total_seconds())},
    "part_number": {"type": "integer", "minimum": 1, "maximum": PARTS_MAX},
    "part_size": {"type": "integer", "minimum": PART_MIN, "maximum": PART_MAX},
    "network": {"type": "string", "maxLength": 64, "pattern": "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$"},
    "url": {"type": "string", "format": "uri", "maxLength": 2048},
}
LISTS: Mapping[str, Schema] = {
    "tags": {"type": "array", "items": VALUES["tag"], "maxItems": rules.TAGS_MAX * 10},
    "roles": {"type": "array", "items": VALUES["role"], "minItems": 1},
    "scopes": {"type": "array", "items": VALUES["scope"], "minItems": 1},
    "networks": {"type": "array", "items": VALUES["network"], "maxItems": NETWORKS_MAX},
    "events": {"type": "array", "items": VALUES["event_type"]},
    "aliases": {"maxItems": ALIASES_MAX},
    "key_models": {
        "type": "object",
        "propertyNames": VALUES["id"],
        "additionalProperties": optional(VALUES["range"]),
        "minProperties": 1,
        "maxProperties": MODELS_MAX,
    },
    "metadata": {
        "type": "object",
        "propertyNames": text(rules.METADATA_KEY_MAX, 1, LINE),
        "additionalProperties": text(rules.METADATA_VALUE_MAX, 0, PROSE),
        "maxProperties": rules.METADATA_MAX,
    },
    "metrics": {
        "type": "object",
        "propertyNames": text(rules.METRIC_NAME_MAX, 1, LINE),
        "additionalProperties": {"type": "number"},
        "maxProperties": rules.METRICS_MAX,
    },
}
