"""Versions of secrets in AWS Secrets Manager."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import boto3
from botocore import exceptions
from botocore.exceptions import ClientError

from maas.domain.errors import NotFound, Unavailable, WrongState
from maas.security.secret_values import CONFIG

_BUSY = frozenset({"InternalServiceError", "ServiceUnavailableException", "ThrottlingException"})
# The secret is scheduled for deletion, or another run has moved its stages meanwhile.
_REJECTED = frozenset({"InvalidRequestException", "InvalidParameterException"})


class SecretsManagerVersions:
    """The SecretVersions port. `endpoint` empty means AWS itself. Nothing is sent before the first call."""

    def __init__(self, endpoint: str = "") -> None:
        self._client = boto3.client("secretsmanager", endpoint_url=endpoint or None, config=CONFIG)
        self._absent = self._client.exceptions.ResourceNotFoundException
        self._exists = self._client.exceptions.ResourceExistsException

    def stages(self, secret_id: str) -> Mapping[str, frozenset[str]]:
        with _translated_errors():
            try:
                versions = self._client.describe_secret(SecretId=secret_id)["VersionIdsToStages"]
            except self._absent:
                raise NotFound.of("SecretId", "secret", secret_id) from None
        return {version: frozenset(stages) for version, stages in versions.items()}

    def text(self, secret_id: str, version: str) -> str | None:
        with _translated_errors():
            try:
                return self._client.get_secret_value(SecretId=secret_id, VersionId=version).get("SecretString", "")
            except self._absent:
                return None

    def put_pending(self, secret_id: str, version: str, text: str) -> None:
        with _translated_errors(), suppress(self._exists):  # the text of a concurrent run serves as well
            self._client.put_secret_value(
                SecretId=secret_id, ClientRequestToken=version, SecretString=text, VersionStages=["AWSPENDING"]
            )

    def make_current(self, secret_id: str, version: str, instead_of: str) -> None:
        with _translated_errors():
            self._client.update_secret_version_stage(
                SecretId=secret_id, VersionStage="AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=instead_of
            )


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Raises Unavailable for missing and retryable answers, WrongState for rejected requests."""
    try:
        yield
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise Unavailable("Secrets Manager does not answer; try again") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _REJECTED:
            raise WrongState.of("SecretId", f"Secrets Manager refuses this as the secret is now: {code}") from error
        if code not in _BUSY:
            raise
        raise Unavailable("Secrets Manager is busy; try again") from error
