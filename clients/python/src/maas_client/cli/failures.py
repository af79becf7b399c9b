"""The exit code of an error, and a sentence that says what to do next."""

from maas_client import errors as e
from maas_client.cli.plain import plain

OK, FAILED, USAGE, AUTH, NOT_FOUND, CONFLICT, UNAVAILABLE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130
_CODES: list[tuple[type[Exception], int]] = [
    (e.Unauthenticated, AUTH),
    (e.PermissionDenied, AUTH),
    (e.TokenNotTrusted, AUTH),
    (e.IdTokenMissing, AUTH),
    (e.NotFound, NOT_FOUND),
    (e.MissingFile, NOT_FOUND),
    (e.Conflict, CONFLICT),
    (e.PreconditionRequired, CONFLICT),
    (e.Unavailable, UNAVAILABLE),
    (e.RateLimited, UNAVAILABLE),
    (e.ConnectionFailed, UNAVAILABLE),
    (e.DeadlineExceeded, UNAVAILABLE),
    (e.BadReference, USAGE),
]
_ADVICE: list[tuple[type[Exception], str]] = [
    (e.InvalidCredentials, "check the address and the password"),
    (e.NoCredential, ""),
    (e.Unauthenticated, "log in with: maas auth login"),
    (e.PermissionDenied, "ask an admin of the organization for the right, or use another key"),
    (e.TokenNotTrusted, "maas issuers list shows whom the organization trusts"),
    (e.AlreadyExists, "choose another name or number"),
    (e.Incompatible, "publish it as a major version, or give --force-reason"),
    (e.RevisionMismatch, "somebody else has changed it: look at it again"),
    (e.ConnectionFailed, "check the address: maas config list"),
    (e.DeadlineExceeded, "try again, or give more time"),
    (e.ValidationFailed, "maas help formats"),
    (e.CorruptStore, "its owner has to upload the version again"),
    (e.ServerError, "report it with the request id"),
]


def exit_code(error: Exception) -> int:
    """Returns the exit status for an error of this client."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), FAILED)


def sentence(error: Exception, model: str | None = None) -> str:
    """Returns one line: what is wrong, and what to do. `model` is the one that the command was about."""
    return plain(_sentence(error, model))


def _sentence(error: Exception, model: str | None) -> str:
    text = str(error).strip().partition("\n")[0]
    if isinstance(error, e.ApiError):
        text += "".join(f"; {reason}" for reason in _further_reasons(error) if reason not in text)
    if isinstance(error, e.OrganizationRequired):
        choices = ", ".join(f"{each.get('id')} ({each.get('name')})" for each in error.organizations)
        return f"{text}; give --organization, one of: {choices}"
    if isinstance(error, e.RateLimited) and error.retry_after is not None:
        return f"{text}; try again in {error.retry_after:.0f} s"
    if isinstance(error, e.WrongState) and "replace: true" in text:
        text = text.replace("send replace: true", "give --replace")
    advice = next((advice for kind, advice in _ADVICE if isinstance(error, kind) and advice not in text), "")
    if isinstance(error, e.NotFound):
        advice = _where_to_look(error.field, model)
    request = error.request_id if isinstance(error, e.ApiError) and error.status >= 500 else ""  # a proxy gives none
    of_request = f" (request {request})" if request else ""
    return f"{text}{of_request}{': ' if advice else ''}{advice}"


def _further_reasons(error: e.ApiError) -> list[str]:
    """Returns what the text of the server may lack: the names of further fields, and why versions do not fit."""
    if isinstance(error, e.InvalidInput):
        return [f"{each.field}: {each.message}" for each in error.errors[1:4]]
    return [each.message for each in error.errors[0 if isinstance(error, e.Incompatible) else 1 : 4]]


def _where_to_look(field: str, model: str | None) -> str:
    """Returns what shows the names that there are, for the field that names nothing."""
    if field in {"ref", "version", "from", "to", "alias"} and model:
        return f"maas versions list {model} and maas alias list {model} show what there is"
    if field not in {"model_id", "model"} or not model:
        return ""
    return f"maas models list{' --public' if '/' in model else ''} shows what there is"
