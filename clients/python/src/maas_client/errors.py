"""The tree of errors. One class mirrors each problem code of the API; the rest happen on this side.

No message contains a token, a key or a signed URL.
"""

from typing import Any

from maas_client.field_errors import FieldError as FieldError


class MaasError(Exception):
    """The base of every error that this client raises on purpose."""


class ApiError(MaasError):
    """The API answered a problem. Decide by the class, or by `status` and `code`."""

    status: int = 0
    code: str = ""
    request_id: str = ""
    errors: tuple[FieldError, ...] = ()
    retry_after: float | None = None

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        for name, value in details.items():
            setattr(self, name, value)

    @property
    def field(self) -> str:
        """The first field to blame, or an empty text."""
        return self.errors[0].field if self.errors else ""

    @property
    def rule(self) -> str:
        """The rule that the first field breaks, or an empty text."""
        return self.errors[0].rule if self.errors else ""


class BadRequest(ApiError):
    """The request is not one that the API reads."""


class TokenNotTrusted(BadRequest):
    """The organization does not take this ID token."""


class Unauthenticated(ApiError):
    """There is no credential, or it is not valid."""


class TokenExpired(Unauthenticated):
    """The access token was valid once."""


class InvalidCredentials(Unauthenticated):
    """The e-mail address or the password is wrong."""


class SessionEnded(Unauthenticated):
    """The session can't be refreshed any more: log in again."""


class NoCredential(Unauthenticated):
    """The client has no credential for the address, so nothing was sent."""

    def __init__(self, url: str) -> None:
        ways = "give api_key=, set MAAS_API_KEY, or log in with: maas auth login"
        super().__init__(f"there is no credential for {url}: {ways}")


class BadCredential(Unauthenticated):
    """The credential has characters that none has, so it was not sent."""


class PermissionDenied(ApiError):
    """The credential or its owner lacks a right."""


class RegistrationClosed(PermissionDenied):
    """Nobody may register, or only people with an invitation."""


class NotFound(ApiError):
    """There is no such object, or the caller may not see it."""


class MethodNotAllowed(ApiError):
    """The server does not have this operation. It may be another version of MaaS."""


class PredictionTimeout(ApiError):
    """The prediction took longer than its `timeout`."""


class Conflict(ApiError):
    """The state of an object does not allow this."""


class AlreadyExists(Conflict):
    """The name or number is taken."""


class WrongState(Conflict):
    """The version or upload is in a state that does not allow this. `upload_id` is the upload in the way, if any."""

    upload_id: str = ""


class OrganizationRequired(Conflict):
    """The account belongs to several `organizations` (id and name each), and the login names none."""

    organizations: tuple[dict[str, str], ...] = ()


class InProgress(Conflict):
    """A request with the same idempotency key is under way."""


class Incompatible(Conflict):
    """The version breaks callers of the one that it follows. `errors` has a reason for each way."""


class NotServed(Conflict):
    """Predictions do not run files of the version's format; it can be downloaded."""


class QuotaExceeded(Conflict):
    """The organization has as many records of a kind as it may have."""


class RevisionMismatch(Conflict):
    """The object has another revision than the one that the request names."""


class TooLarge(ApiError):
    """The body or the answer is too large."""


class InvalidInput(ApiError):
    """A field, parameter or header breaks its rule."""


class ModelResources(InvalidInput):
    """Loading the model, or calling it with these values, needs more memory than the server has for one."""


class KeyReused(InvalidInput):
    """The idempotency key was used for another request."""


class PreconditionRequired(ApiError):
    """The operation overwrites what others may have changed, so it needs a revision."""


class RateLimited(ApiError):
    """There were too many requests. `retry_after` has the seconds to wait, `limit` the limit's name."""

    limit: str = ""


class Exhausted(RateLimited):
    """There are too many calls at once."""


class ServerError(ApiError):
    """The service has a bug. Report it with the `request_id`."""


class Unavailable(ApiError):
    """A part behind the API does not answer."""


class ModelCrashed(ServerError):
    """The model ended its process during this call. A repeat gets a new process."""


class ModelPaused(Unavailable):
    """The model crashed in several calls in a row. `retry_after` has the seconds until it is called again."""


class ArtifactUnavailable(Unavailable):
    """The model's stored file is gone or can't be read."""


class ArtifactDamaged(ArtifactUnavailable):
    """The model's stored file was changed after its check. Changed bytes are never used."""


class IssuerUnreachable(Unavailable):
    """The keys of a trusted issuer can't be read."""


class Contended(Unavailable):
    """Others changed the same object each time that the server tried."""


class InsufficientStorage(Unavailable):
    """The server's disk is full."""


class ConnectionFailed(MaasError):
    """The server could not be reached, or the connection broke."""


class DeadlineExceeded(MaasError, TimeoutError):
    """The call took longer than its `timeout`, with all its retries."""


class IdTokenMissing(MaasError):
    """The environment has no ID token to exchange, or its issuer gave none."""


class UnexpectedAnswer(MaasError):
    """The answer is not what this API answers: another address, a proxy, or another version of the server."""


class BadArgument(MaasError, ValueError):
    """An argument of a call has no meaning, or can't be sent."""


class BadReference(MaasError, ValueError):
    """The text is not a reference such as `iris`, `iris@production` or `iris:^1.2`."""


class FileError(MaasError):
    """A local file can't be used."""


class MissingFile(FileError):
    """There is no such file."""


class UnreadableFile(FileError):
    """The file can't be read."""


class EmptyFile(FileError):
    """The file has no bytes."""


class RefusedFile(FileError):
    """The file is a pickle, which no server of MaaS takes. Nothing was created."""


class ChangedFile(FileError):
    """The file changed while it was read."""


class NoSpace(FileError):
    """The disk has not enough space."""


class CorruptCache(FileError):
    """A file of the local cache is not the one that was stored."""


class TransferError(MaasError):
    """Bytes could not be sent to, or fetched from, the object store."""


class CorruptUpload(TransferError):
    """The store received other bytes than were sent."""


class CorruptDownload(TransferError):
    """The fetched bytes are not those of the file."""


class CorruptStore(TransferError):
    """The object store has other bytes than the version's file."""


class ValidationFailed(MaasError):
    """The server refused the file. `reason` is the version's `failure`."""

    def __init__(self, version: str, reason: str) -> None:
        super().__init__(f"version {version} was refused: {reason}")
        self.version, self.reason = version, reason


class NotVerified(MaasError):
    """An audit log could not be verified: a head, a key or a record is missing or is none."""


class ChangedLog(MaasError):
    """An audit log was changed. `fault` is its kind (docs/api/audit.md), `sequence` the first wrong record.

    Records from `since` on may have been changed too.
    """

    def __init__(self, message: str, *, fault: str, sequence: int, since: int) -> None:
        super().__init__(message)
        self.fault, self.sequence, self.since = fault, sequence, since


class ConversionError(MaasError):
    """The object can't be converted to ONNX, or the result differs from it. The message has advice."""
