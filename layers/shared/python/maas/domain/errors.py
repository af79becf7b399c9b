"""The one tree of errors. They carry no status: each wire owns a table from type to status."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True)
class FieldError:
    """One broken rule: `field` a path as the caller wrote it (`tags[2]`), `rule` a short code, `message` a sentence."""

    field: str
    rule: str
    message: str


class MaasError(Exception):
    """Base of everything a caller may be told about. `message` is safe to show: no host, path or ARN is in it."""

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
        return type(self)(message, fields)


def _renamed(path: str, names: Mapping[str, str]) -> str:
    root = re.split(r"[.\[]", path, maxsplit=1)[0]
    return names.get(root, root) + path[len(root) :]


class InvalidInput(MaasError):
    """The request itself breaks a rule; repeating it can't help."""

    code = "invalid_input"

    @classmethod
    def of(cls, field: str, rule: str, message: str) -> "InvalidInput":
        """The common case: one field, one rule."""
        return cls(f"{field}: {message}", [FieldError(field, rule, message)])


class NotFound(MaasError):
    """Absent, or not visible to this caller: the two answers are the same on purpose."""

    code = "not_found"

    @classmethod
    def of(cls, field: str, kind: str, key: str) -> "NotFound":
        """`kind` as people call it ("model"), `key` as the caller wrote it."""
        return cls(f"{kind} not found: {key[:64]}", [FieldError(field, "exists", f"no such {kind}")])


class AlreadyExists(MaasError):
    """A unique value is taken."""

    code = "already_exists"

    @classmethod
    def of(cls, field: str, message: str) -> "AlreadyExists":
        return cls(message, [FieldError(field, "unique", message)])


class WrongState(MaasError):
    """The thing exists, but in a state that does not allow this; the message names both states."""

    code = "wrong_state"

    @classmethod
    def of(cls, field: str, message: str) -> "WrongState":
        return cls(message, [FieldError(field, "state", message)])


class Incompatible(WrongState):
    """A version would break callers of the one it follows; each field is a reason."""

    code = "incompatible"


class RevisionMismatch(MaasError):
    """Somebody else changed it since the caller read it."""

    code = "revision_mismatch"


class PreconditionRequired(MaasError):
    """A change that must say which revision it is meant for does not."""

    code = "precondition_required"

    @classmethod
    def of(cls, field: str, message: str) -> "PreconditionRequired":
        return cls(f"{field}: {message}", [FieldError(field, "required", message)])


class Unauthenticated(MaasError):
    """No credential, or one that is not valid any more."""

    code = "unauthenticated"


class TokenExpired(Unauthenticated):
    """The token was good once."""

    code = "token_expired"


class InvalidCredentials(Unauthenticated):
    """Wrong password or unknown account: the two answers are the same on purpose."""

    code = "invalid_credentials"


class PermissionDenied(MaasError):
    """Known caller, missing right."""

    code = "permission_denied"

    @classmethod
    def of(cls, field: str, message: str) -> "PermissionDenied":
        return cls(message, [FieldError(field, "required", message)])


class TooLarge(MaasError):
    """The request exceeds a size limit."""

    code = "too_large"


class Exhausted(MaasError):
    """A limit on rate or concurrency was hit; later it may pass."""

    code = "exhausted"


class TimedOut(MaasError):
    """The caller's own time limit passed."""

    code = "timeout"


class Unavailable(MaasError):
    """A part this needs does not answer; a retry can help."""

    code = "unavailable"


class Contended(Unavailable):
    """Others changed it each time that this was tried."""

    code = "contended"
