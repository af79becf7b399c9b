"""Every error that botocore can raise while a file is fetched has a row."""

from typing import Any

import pytest
from botocore import exceptions

from maas.adapters.aws.s3_client import translated_errors
from maas.domain.errors import ArtifactUnavailable, InvalidInput, MaasError, NotFound, Unavailable
from tests.support.captured_logs import logged

URL = "http://127.0.0.1:1"


def refusal(code: str, status: int) -> exceptions.ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return exceptions.ClientError(response, "GetObject")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refusal("NoSuchKey", 404), NotFound),
        (refusal("NoSuchVersion", 404), NotFound),
        (refusal("404", 404), NotFound),
        (refusal("MethodNotAllowed", 405), NotFound),
        (refusal("InvalidPart", 400), InvalidInput),
        (refusal("AccessDenied", 403), ArtifactUnavailable),
        (refusal("InvalidObjectState", 403), ArtifactUnavailable),
        (refusal("InvalidRange", 416), ArtifactUnavailable),
        (refusal("InvalidArgument", 400), ArtifactUnavailable),
        (refusal("NoSuchBucket", 404), ArtifactUnavailable),
        (refusal("ExpiredToken", 400), ArtifactUnavailable),
        (refusal("SlowDown", 503), Unavailable),
        (refusal("InternalError", 500), Unavailable),
        (exceptions.EndpointConnectionError(endpoint_url=URL), Unavailable),
        (exceptions.ReadTimeoutError(endpoint_url=URL), Unavailable),
        (exceptions.ResponseStreamingError(error="cut off"), Unavailable),
        (exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2), Unavailable),
        (exceptions.SSLError(endpoint_url=URL, error=OSError("handshake")), Unavailable),
        (exceptions.NoCredentialsError(), Unavailable),
        (exceptions.CredentialRetrievalError(provider="x", error_msg="y"), Unavailable),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)[:60]),
)
def test_an_error_of_the_store_is_translated(error: Exception, kind: type[MaasError]) -> None:
    with pytest.raises(MaasError) as caught, translated_errors(refused=ArtifactUnavailable):
        raise error
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (refusal("SlowDown", 503), "the object store does not answer"),
        (exceptions.ReadTimeoutError(endpoint_url=URL), "the object store does not answer"),
        (refusal("InternalError", 500), "the object store answers with a failure of its own"),
        (refusal("SlowDownRead", 503), "the object store answers with a failure of its own"),
    ],
)
def test_a_store_that_answers_is_not_said_to_be_silent(error: Exception, detail: str) -> None:
    with logged() as log, pytest.raises(Unavailable) as caught, translated_errors():
        raise error
    assert str(caught.value) == detail
    assert ("the object store fails" in log()) is ("failure" in detail)


def test_a_bug_of_ours_stays_a_bug() -> None:
    with pytest.raises(exceptions.ParamValidationError), translated_errors():
        raise exceptions.ParamValidationError(report="Key is missing")
