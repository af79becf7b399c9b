"""Errors of Secrets Manager for concurrent rotations, which moto does not simulate."""

from collections.abc import Iterator

import pytest
from botocore.stub import Stubber

from maas.adapters.aws.secret_versions import SecretsManagerVersions
from maas.domain.errors import WrongState


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> SecretsManagerVersions:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return SecretsManagerVersions("http://127.0.0.1:1")


@pytest.fixture
def scripted(versions: SecretsManagerVersions) -> Iterator[Stubber]:
    with Stubber(versions._client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_a_text_put_first_by_another_run_is_accepted(versions: SecretsManagerVersions, scripted: Stubber) -> None:
    scripted.add_client_error("put_secret_value", "ResourceExistsException")
    versions.put_pending("secret", "v" * 32, "the second text")


def test_a_secret_scheduled_for_deletion_accepts_no_text(versions: SecretsManagerVersions, scripted: Stubber) -> None:
    scripted.add_client_error("put_secret_value", "InvalidRequestException")
    with pytest.raises(WrongState, match="InvalidRequestException"):
        versions.put_pending("secret", "v" * 32, "a text")


@pytest.mark.parametrize("code", ["InvalidRequestException", "InvalidParameterException"])
def test_a_stage_moved_by_another_run_is_a_wrong_state(
    versions: SecretsManagerVersions, scripted: Stubber, code: str
) -> None:
    scripted.add_client_error("update_secret_version_stage", code)
    with pytest.raises(WrongState, match=code):
        versions.make_current("secret", "v" * 32, instead_of="w" * 32)
