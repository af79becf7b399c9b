"""Errors between the domain and google.rpc.Status, with the table from error type to gRPC code."""

from collections.abc import Iterator, Mapping

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import code_pb2
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, QuotaFailure, RetryInfo
from google.rpc.status_pb2 import Status

from maas.domain import errors
from maas.domain import idempotency as _idempotency  # noqa: F401 - its errors are among `kinds`
from maas.domain.errors import FieldError, MaasError, Rule
from maas.domain.quotas import QuotaExceeded

DOMAIN = "maas"
# Seconds until a retry after a limit was reached; HTTP's Retry-After has the same value.
RETRY_SECONDS = 1

CODES: Mapping[type[MaasError], int] = {
    errors.InvalidInput: code_pb2.INVALID_ARGUMENT,
    errors.Unauthenticated: code_pb2.UNAUTHENTICATED,
    errors.PermissionDenied: code_pb2.PERMISSION_DENIED,
    errors.NotFound: code_pb2.NOT_FOUND,
    errors.TimedOut: code_pb2.DEADLINE_EXCEEDED,
    errors.AlreadyExists: code_pb2.ALREADY_EXISTS,
    errors.WrongState: code_pb2.FAILED_PRECONDITION,
    QuotaExceeded: code_pb2.RESOURCE_EXHAUSTED,
    errors.RevisionMismatch: code_pb2.ABORTED,
    errors.Contended: code_pb2.ABORTED,
    errors.PreconditionRequired: code_pb2.FAILED_PRECONDITION,
    errors.TooLarge: code_pb2.RESOURCE_EXHAUSTED,
    errors.Exhausted: code_pb2.RESOURCE_EXHAUSTED,
    errors.ModelCrashed: code_pb2.ABORTED,
    errors.Unavailable: code_pb2.UNAVAILABLE,
}


def to_status(error: MaasError) -> Status:
    """The status of an error: its nearest class in the table decides. An error without a row is a bug: INTERNAL."""
    code = next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), code_pb2.INTERNAL)
    details: list[Message] = [ErrorInfo(reason=error.code, domain=DOMAIN, metadata=_metadata(error))]
    if error.fields:
        violations = [
            BadRequest.FieldViolation(field=f.field, reason=f.rule, description=f.message) for f in error.fields
        ]
        details.append(BadRequest(field_violations=violations))
    if isinstance(error, QuotaExceeded):
        violation = QuotaFailure.Violation(subject="organization", description=error.message)
        details.append(QuotaFailure(violations=[violation]))
    if isinstance(error, errors.Exhausted):
        details.append(RetryInfo(retry_delay=Duration(seconds=_retry_seconds(error))))
    return Status(code=code, message=error.message, details=[_packed(detail) for detail in details])


def _retry_seconds(error: errors.Exhausted) -> int:
    return error.retry_after if isinstance(error, errors.RateLimited) else RETRY_SECONDS


def from_status(status: Status) -> MaasError | None:
    """The error that the registry raised; None for a status from another source, such as a proxy."""
    info, bad = ErrorInfo(), BadRequest()
    for detail in status.details:
        for target in (info, bad):
            detail.Unpack(target)  # does not change a target of another type
    kind = _KINDS.get(info.reason) if info.domain == DOMAIN else None
    if kind is None:
        return None
    fields = [FieldError(v.field, _rule(v.reason), v.description) for v in bad.field_violations]
    error = kind(status.message, fields)
    if isinstance(error, QuotaExceeded):
        error.quota = info.metadata["quota"]
        error.limit, error.use = int(info.metadata["limit"] or 0), int(info.metadata["use"] or 0)
    if isinstance(error, errors.WrongState):
        error.upload_id = info.metadata["upload_id"]
    return error


def _metadata(error: MaasError) -> Mapping[str, str]:
    """The values that a program needs of an error beside its fields."""
    if isinstance(error, QuotaExceeded):
        return {"quota": error.quota, "limit": str(error.limit), "use": str(error.use)}
    return {"upload_id": error.upload_id} if isinstance(error, errors.WrongState) and error.upload_id else {}


def _rule(code: str) -> Rule:
    """The rule of a code; INVALID for a code of a newer registry."""
    return _RULES.get(code, Rule.INVALID)


def kinds(base: type[MaasError] = MaasError) -> Iterator[type[MaasError]]:
    """Every error below `base`."""
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


_RULES: Mapping[str, Rule] = {rule.value: rule for rule in Rule}
_KINDS: Mapping[str, type[MaasError]] = {kind.code: kind for kind in kinds()}


def _packed(message: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed
