"""The tree of errors. Errors carry no status: each wire has a table from error type to status."""

import math
import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar, Self

from maas.domain.rules import Rule as Rule  # errors and their rules are imported together

# Messages of more than one wire.
UNEXPECTED = "an unexpected error happened; quote the request id when you report it"
NO_CREDENTIAL = "this needs a token: Authorization: Bearer <token>"


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


class TokenNotTrusted(InvalidInput):
    """An organization does not take a token of another issuer. The answer never says why, nor what it would take."""

    code = "token_not_trusted"

    @classmethod
    def refused(cls) -> "TokenNotTrusted":
        message = (
            "is not one that the organization trusts: there is no such organization, or none of its trusted issuers "
            "takes a token of this issuer, audience, signature, claims and network"
        )
        return cls(f"subject_token: {message}", [FieldError("subject_token", Rule.TRUSTED, message)])


class ModelResources(InvalidInput):
    """Loading a model, or calling it with these values, needs more memory than there is for one model."""

    code = "model_resources"


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
    """The object's state does not allow the change. The message has both states.

    `upload_id` is the upload that is in the way, or has taken this one's place; empty if there is none.
    """

    code = "wrong_state"
    upload_id: str = ""

    @classmethod
    def of(cls, field: str, message: str, upload_id: str = "") -> "WrongState":
        error = cls(message, [FieldError(field, Rule.STATE, message)])
        error.upload_id = upload_id
        return error


class NotServed(WrongState):
    """Predictions do not run files of the version's format. The message has the formats that they run."""

    code = "not_served"

    @classmethod
    def because(cls, message: str) -> "NotServed":
        return cls(message, [FieldError("version", Rule.SERVED, message)])


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


class ModelCrashed(MaasError):
    """A model ended the process that it ran in. Other calls and models are not affected."""

    code = "model_crashed"

    @classmethod
    def of(cls) -> "ModelCrashed":
        return cls("the model crashed while it computed this call")


class Unavailable(MaasError):
    """A dependency does not answer; a retry may succeed."""

    code = "unavailable"


class ModelPaused(Unavailable):
    """A model crashed in several calls in a row, so it is not run for a while. `retry_after` is in seconds."""

    code = "model_paused"
    retry_after: int = 1

    @classmethod
    def for_seconds(cls, seconds: float) -> "ModelPaused":
        left = math.ceil(seconds)
        error = cls(f"the version's model crashed in several calls in a row; it is called again in {left} s")
        error.retry_after = left
        return error


class ArtifactUnavailable(Unavailable):
    """The store does not have a model's file any more, or does not let it be read. A retry seldom helps."""

    code = "artifact_unavailable"


class ArtifactDamaged(ArtifactUnavailable):
    """The store has other bytes than those that were checked. They are never used."""

    code = "artifact_damaged"


class IssuerUnreachable(Unavailable):
    """The keys of an issuer can't be read. `reason` is for the admins who trust it."""

    code = "issuer_unreachable"
    reason: str = ""

    @classmethod
    def because(cls, reason: str) -> "IssuerUnreachable":
        error = cls("the issuer of the token can't be asked for its keys just now; try again")
        error.reason = reason
        return error


class Contended(Unavailable):
    """Other callers changed the object during each attempt."""

    code = "contended"
