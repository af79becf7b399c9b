"""The values that each field of a body takes: `Schema.field`, or the field's name in every body."""

from collections.abc import Mapping
from typing import Any

from maas.domain.capturing.captures import KEEP_DAYS, REDACT_MAX
from maas.domain.capturing.captures import NAME_MAX as CAPTURED_NAME_MAX
from maas.domain.identity.conditions import CLAIM_MAX, CLAIMS_MAX, VALUE_MAX, VALUES_MAX
from maas.domain.identity.issuer_terms import AUDIENCE_MAX
from maas.domain.identity.trusted_issuers import LIFETIME_MAX, LIFETIME_MIN
from maas.domain.jobs.jobs import ENDS_WITHIN_MAX, ENDS_WITHIN_MIN, FILE_MAX
from maas.domain.rollouts.guards import Metric
from maas.domain.rollouts.plans import STEP_SECONDS_MAX, Plan
from maas.domain.rollouts.rollouts import BUDGET_MAX, RolloutAction
from maas.domain.rollouts.sticky import NAME_MAX
from maas.domain.rollouts.tolerances import ABSOLUTE_MAX, RELATIVE_MAX
from maas.domain.uploads.files import FILES_MAX
from maas.domain.uploads.paths import PATH_MAX_BYTES
from tools.openapi_document.values import FILE_PATH, LINE, LISTS, PROSE, VALUES, Schema, text

_STICKY = r"^(caller|random|query|header:[!#$%&'*+.^_`|~0-9A-Za-z-]+)$"
_LABEL = {"type": ["string", "integer", "boolean"]}
_CONDITION = text(VALUE_MAX, 1, LINE)
_JSON = {"$ref": "#/components/schemas/JsonValue"}
_METADATA = {"type": "object", "propertyNames": {"pattern": LINE}, "additionalProperties": _JSON}
# A value of a version's metadata.
JSON_VALUE: Mapping[str, Any] = {
    "description": "Any JSON, whose texts have no control characters but tab and newline.",
    "anyOf": [
        {"type": ["null", "boolean", "number"]},
        {"type": "string", "pattern": PROSE},
        {"type": "array", "items": _JSON},
        {"type": "object", "propertyNames": {"pattern": PROSE}, "additionalProperties": _JSON},
    ],
}

FIELDS: Mapping[str, Schema] = {
    **{name: VALUES[name] for name in ("alias", "email", "framework", "filename", "model_card", "name", "password")},
    **{name: VALUES[name] for name in ("description", "part_number", "part_size", "reason", "url")},
    **{name: LISTS[name] for name in ("events", "metadata", "metrics", "networks", "roles", "scopes", "tags")},
    "changelog": VALUES["description"],
    "default_ref": VALUES["reference"],
    "expires_at": VALUES["moment"],
    "grace_seconds": VALUES["grace"],
    "lifetime_seconds": {"type": "integer", "minimum": LIFETIME_MIN, "maximum": LIFETIME_MAX},
    "models": LISTS["key_models"],
    "service_account_id": VALUES["id"],
    "sha256": VALUES["sha256"],
    "audience": text(AUDIENCE_MAX, 1, LINE),
    "issuer": VALUES["url"],
    "conditions": {
        "type": "object",
        "propertyNames": text(CLAIM_MAX, 1, LINE),
        "additionalProperties": {
            "anyOf": [_CONDITION, {"type": "array", "items": _CONDITION, "minItems": 1, "maxItems": VALUES_MAX}]
        },
        "minProperties": 1,
        "maxProperties": CLAIMS_MAX,
    },
    "features": {"type": ["array", "object"], "items": {}},
    "CreateModel.version": VALUES["number"],
    "CreateVersion.version": VALUES["number"],
    "CreateVersion.parent": VALUES["number"],
    "CreateVersion.bump": {"type": "string", "enum": ["major", "minor", "patch"]},
    "CreateVersion.metadata": _METADATA,
    "PatchVersion.metadata": _METADATA,
    "CreateWebhook.description": VALUES["webhook_description"],
    "PatchWebhook.description": VALUES["webhook_description"],
    "LoginBody.password": VALUES["shown_password"],
    "LoginBody.scope": VALUES["scope_list"],
    "LoginBody.organization": VALUES["id"],
    "PatchMe.current_password": VALUES["shown_password"],
    "RegisterBody.organization": VALUES["name"],
    "VerifyBody.password": VALUES["shown_password"],
    "NewFile.path": text(PATH_MAX_BYTES, 1, FILE_PATH),
    "NewFile.size": {"type": "integer", "minimum": 0},
    "Part.md5": VALUES["md5_base64"],
    "Part.sha256": VALUES["sha256_base64"],
    "PredictRequest.version": VALUES["reference"],
    "InferenceRequest.version": VALUES["reference"],
    "JobFile.id": VALUES["id"],
    "NewJobFile.size": {"type": "integer", "minimum": 1, "maximum": FILE_MAX},
    "JobRequest.version": VALUES["reference"],
    "JobRequest.expires_in": {"type": "integer", "minimum": ENDS_WITHIN_MIN, "maximum": ENDS_WITHIN_MAX},
    "SetAlias.version": VALUES["reference"],
    "StartRollout.candidate": VALUES["reference"],
    "StartRollout.plan": {"type": "string", "enum": [*Plan]},
    "StartRollout.sticky_by": text(NAME_MAX + len("header:"), 1, _STICKY),
    "StartRollout.budget": {"type": "integer", "minimum": 1, "maximum": BUDGET_MAX},
    "ToleranceBody.absolute": {"type": "number", "minimum": 0, "maximum": ABSOLUTE_MAX},
    "ToleranceBody.relative": {"type": "number", "minimum": 0, "maximum": RELATIVE_MAX},
    "StartRollout.start_at": VALUES["moment"],
    "StartRollout.force": VALUES["reason"],
    "StepBody.percent": {"type": "number", "exclusiveMinimum": 0, "maximum": 100},
    "StepBody.for": {"type": "integer", "minimum": 0, "maximum": STEP_SECONDS_MAX},
    "GuardBody.metric": {"type": "string", "enum": [*Metric]},
    "ChangeRollout.action": {"type": "string", "enum": [*RolloutAction]},
    "CaptureBody.percent": {"type": "number", "exclusiveMinimum": 0, "maximum": 100},
    "CaptureBody.redact": {"type": "array", "items": text(CAPTURED_NAME_MAX), "maxItems": REDACT_MAX},
    "CaptureBody.keep_days": {"type": "integer", "enum": [*KEEP_DAYS]},
    "FeedbackItem.label": _LABEL,
    "FeedbackRequest.label": _LABEL,
    "SetGrant.kind": VALUES["kind"],
    "SetGrant.role": VALUES["grant_role"],
    "StartUpload.files": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/NewFile"},
        "minItems": 1,
        "maxItems": FILES_MAX,
    },
    "StartUpload.size": {"type": "integer", "minimum": 1},
    "StartUpload.version": VALUES["number"],
    "StatusBody.status": VALUES["status"],
}
# Bodies of which two fields exclude or require each other.
RULES: Mapping[str, Mapping[str, Any]] = {
    "CreateVersion": {"oneOf": [{"required": ["version"]}, {"required": ["bump"]}]},
    "PatchMe": {"dependentRequired": {"password": ["current_password"], "current_password": ["password"]}},
    "PublishVersion": {
        "if": {"properties": {"force": {"const": True}}, "required": ["force"]},
        "then": {"required": ["reason"], "properties": {"reason": {"minLength": 1}}},
        "else": {"properties": {"reason": {"maxLength": 0}}},
    },
    "StartUpload": {
        "oneOf": [
            {"required": ["filename", "size"], "properties": {"files": False}},
            {
                "required": ["files"],
                "properties": dict.fromkeys(("filename", "size", "sha256", "part_size", "parts"), False),
            },
        ]
    },
}
# A form is no model: the server reads its fields by name, as OAuth asks, and ignores others.
TOKEN_FORM: Mapping[str, Any] = {
    "type": "object",
    "description": "A request for a token (RFC 8693, 2.1).",
    "properties": {
        "grant_type": {"const": "urn:ietf:params:oauth:grant-type:token-exchange"},
        "subject_token": {"type": "string", "minLength": 1, "maxLength": 16384},
        "subject_token_type": {
            "enum": ["urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt"]
        },
        "requested_token_type": {"const": "urn:ietf:params:oauth:token-type:access_token"},
        "audience": {"type": "string"},
        "scope": {"type": "string"},
    },
    "required": ["grant_type", "subject_token", "subject_token_type"],
}
