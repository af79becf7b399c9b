"""The tree of errors. Errors carry no status: each wire has a table from error type to status."""

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Self

# Messages of more than one wire.
UNEXPECTED = "an unexpected error happened; quote the request id when you report it"
NO_CREDENTIAL = "this needs a token: Authorization: Bearer <token>"


class Rule(StrEnum):
    """The rule that a field breaks; clients may switch on the code. docs/api/errors.md lists all of them."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    ADDED = "added", "A required input is new, so callers of the earlier version do not send it."
    ALIAS = "alias", "The value is not an alias: 1 to 63 lower-case letters, digits and hyphens, unlike any version."
    ALL_OR_NONE = "all_or_none", "Some parts of an upload have a checksum and others do not."
    BASE64 = "base64", "The value is not base64, or not of the required length."
    COLUMNS = "columns", "The model's columns have no names, so a data frame can't be read."
    COMMON = "common", "The password is one of the most common ones."
    CONTENT_ENCODING = "content_encoding", "The body is compressed, or has another content coding."
    CONTROL_CHARACTERS = "control_characters", "The text has control characters."
    CURSOR = "cursor", "The cursor is not from an earlier page of the same list."
    DECLARED = "declared", "The value differs from the one that was declared at the start."
    DTYPE = "dtype", "The tensor's element type can't be sent as JSON, or breaks callers of the earlier version."
    EMAIL = "email", "The value is not an e-mail address."
    EMPTY = "empty", "The body must be empty."
    ENUM = "enum", "The value is not one of the allowed words."
    ETAG = "etag", "The header is not an entity tag that this API makes."
    EXCLUSIVE = "exclusive", "Two fields are given that exclude each other."
    EXISTS = "exists", "The object does not exist, or the caller may not read it."
    EXPIRED = "expired", "The credential has expired."
    FINITE = "finite", "A number is NaN or infinite."
    FIRST = "first", "The first output is another one than in the earlier version."
    FORCE = "force", "A reason is given without `force`."
    IDEMPOTENCY_KEY = "idempotency_key", "The key is not 1 to 255 visible ASCII characters, or has a forbidden one."
    INVALID = "invalid", "The value breaks a rule that has no code; the message names it."
    INVISIBLE = "invisible", "The text has characters that can't be seen or that change its direction."
    JSON = "json", "The text is not JSON."
    KEYRING = "keyring", "The secret's text is not a usable keyring (rotation only)."
    MAX_BYTES = "max_bytes", "The value has too many bytes."
    MAX_DEPTH = "max_depth", "The JSON is nested too deep."
    MAX_ITEMS = "max_items", "The list, object or range has too many items."
    MAX_LENGTH = "max_length", "The text has too many characters."
    MAX_PARTS = "max_parts", "The part size cuts the file into too many parts."
    MEDIA_TYPE = "media_type", "The media type is not supported."
    MIN_ITEMS = "min_items", "The list has too few items."
    MIN_LENGTH = "min_length", "The text has too few characters."
    MISSING = "missing", "Parts of the upload have not been received."
    MODEL = "model", "The model can't compute these values."
    NETWORK = "network", "The value is not a network such as 203.0.113.0/24 or 2001:db8::/32."
    NOT_NULL = "not_null", "The value is null, which no field of a body may be."
    ORDER = "order", "The start of the interval lies after its end."
    PERSONAL = "personal", "The password contains the name, or the part of the e-mail address before the @."
    PLAIN_NAME = "plain_name", "The file name contains a folder."
    RANGE = "range", "The number or time is too low or too high."
    REFERENCE = "reference", "The value is not a version, `latest`, an alias or a range where one is expected."
    REMOVED = "removed", "An input or output of the earlier version is gone."
    REPEATED = "repeated", "The name or value is given twice."
    REQUIRED = "required", "The field, header, credential or right is missing."
    RESERVED = "reserved", "The name has a fixed meaning and can't be used."
    RFC3339 = "rfc3339", "The value is not a time as RFC 3339 defines it."
    SAME_REQUEST = "same_request", "The key was used for a request with another content."
    SEMVER = "semver", "The value is not a SemVer 2.0 version."
    SHA256 = "sha256", "The value is not 64 hexadecimal digits."
    SHAPE = "shape", "The values' nesting does not fit the tensor, or the shape breaks callers of the earlier version."
    SINGLE_INPUT = "single_input", "The model has several inputs, so `features` is not enough."
    SIZE = "size", "A part of the upload has the wrong size."
    SOURCE = "source", "The request comes from a network from which the API key may not be used."
    STATE = "state", "The object's state does not allow this."
    STORE = "store", "The object store refuses the parts."
    TAG = "tag", "The value is not a tag: letters, digits and `. _ : / -`."
    TENANT = "tenant", "The sort order is not available for a list of all tenants."
    TRIMMED = "trimmed", "The text begins or ends with white space."
    TYPE = "type", "The value has the wrong JSON type, or can't be read as the parameter's type."
    UNICODE = "unicode", "The text has lone surrogates."
    UNIQUE = "unique", "The value is taken."
    UNKNOWN = "unknown", "The field, parameter or input does not exist here."
    UPLOADED = "uploaded", "The value is not that of the uploaded file."
    URL = "url", "The value is not an https URL of a public host."
    UUID = "uuid", "The value is not a UUID."


@dataclass(frozen=True, slots=True)
class FieldError:
    """One broken rule: `field` is a path as the caller wrote it (`tags[2]`), `message` a sentence."""

    field: str
    rule: Rule
    message: str


class MaasError(Exception):
    """Base of all errors that callers may see. `message` has no host, path or ARN."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, fields: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.fields = tuple(fields)

    def renamed(self, names: Mapping[str, str]) -> Self:
        """This error with other names for its fields, in `message` too; `tags[2]` is renamed with `tags`."""
        message, fields = self.message, [replace(each, field=_renamed(each.field, names)) for each in self.fields]
        for old, new in zip(self.fields, fields, strict=True):
            if self.message.startswith(f"{old.field}: "):
                message = f"{new.field}{self.message.removeprefix(old.field)}"
        found = copy(self)  # with the attributes of its class
        MaasError.__init__(found, message, fields)
        return found


def _renamed(path: str, names: Mapping[str, str]) -> str:
    root = re.split(r"[.\[]", path, maxsplit=1)[0]
    return names.get(root, root) + path[len(root) :]


class InvalidInput(MaasError):
    """The request breaks a rule, so a retry can't succeed."""

    code = "invalid_input"

    @classmethod
    def of(cls, field: str, rule: Rule, message: str) -> "InvalidInput":
        """An error of one field and one rule."""
        return cls(f"{field}: {message}", [FieldError(field, rule, message)])


class NotFound(MaasError):
    """The object is absent or not visible to the caller; the answer is the same on purpose."""

    code = "not_found"

    @classmethod
    def of(cls, field: str, kind: str, key: str) -> "NotFound":
        """`kind` is the word for people ("model"), `key` is written as by the caller."""
        return cls(f"{kind} not found: {key[:64]}", [FieldError(field, Rule.EXISTS, f"no such {kind}")])


class AlreadyExists(MaasError):
    """A unique value is taken."""

    code = "already_exists"

    @classmethod
    def of(cls, field: str, message: str) -> "AlreadyExists":
        return cls(message, [FieldError(field, Rule.UNIQUE, message)])


class WrongState(MaasError):
    """The object's state does not allow the change. The message has both states."""

    code = "wrong_state"

    @classmethod
    def of(cls, field: str, message: str) -> "WrongState":
        return cls(message, [FieldError(field, Rule.STATE, message)])


class Incompatible(WrongState):
    """A version would break callers of the version that it follows. Each field is a reason."""

    code = "incompatible"


class OrganizationRequired(WrongState):
    """The account belongs to several organizations, and the login names none of them.

    `organizations` has their names by id; it is empty in an error from another process.
    """

    code = "organization_required"
    organizations: Mapping[str, str] = MappingProxyType({})

    @classmethod
    def among(cls, organizations: Mapping[str, str]) -> "OrganizationRequired":
        message = "must name one of the organizations that the account belongs to"
        error = cls(f"organization: {message}", [FieldError("organization", Rule.REQUIRED, message)])
        error.organizations = organizations
        return error


class RevisionMismatch(MaasError):
    """The object has changed since the caller read it."""

    code = "revision_mismatch"


class PreconditionRequired(MaasError):
    """The change needs a precondition (an expected revision), and the request has none."""

    code = "precondition_required"

    @classmethod
    def of(cls, field: str, message: str) -> "PreconditionRequired":
        return cls(f"{field}: {message}", [FieldError(field, Rule.REQUIRED, message)])


class Unauthenticated(MaasError):
    """The credential is missing or not valid."""

    code = "unauthenticated"


class TokenExpired(Unauthenticated):
    """The token has expired."""

    code = "token_expired"


class InvalidCredentials(Unauthenticated):
    """The password is wrong or the account unknown; the answer is the same on purpose."""

    code = "invalid_credentials"


class PermissionDenied(MaasError):
    """The caller lacks a right."""

    code = "permission_denied"

    @classmethod
    def of(cls, field: str, message: str) -> "PermissionDenied":
        return cls(message, [FieldError(field, Rule.REQUIRED, message)])


class RegistrationClosed(PermissionDenied):
    """The operator lets nobody register, or only people with an invitation."""

    code = "registration_closed"


class TooLarge(MaasError):
    """A request or an answer exceeds a size limit."""

    code = "too_large"


class Exhausted(MaasError):
    """A limit of rate or concurrency was reached; a later retry may succeed."""

    code = "exhausted"


class RateLimited(Exhausted):
    """A caller or a network has made as many requests or attempts as it may make in a span of time.

    `limit` is the name of the limit, `retry_after` the seconds until a retry may succeed; an error from another process
    has neither.
    """

    code = "rate_limited"
    limit: str = ""
    retry_after: int = 1

    @classmethod
    def by(cls, limit: str, retry_after: int, message: str) -> "RateLimited":
        error = cls(f"{message}; try again in {retry_after} s")
        error.limit, error.retry_after = limit, retry_after
        return error


class TimedOut(MaasError):
    """The caller's time limit has passed."""

    code = "timeout"


class Unavailable(MaasError):
    """A dependency does not answer; a retry may succeed."""

    code = "unavailable"


class ArtifactUnavailable(Unavailable):
    """The store does not have a model's file any more, or does not let it be read. A retry seldom helps."""

    code = "artifact_unavailable"


class Contended(Unavailable):
    """Other callers changed the object during each attempt."""

    code = "contended"
