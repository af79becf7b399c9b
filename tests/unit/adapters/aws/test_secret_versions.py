"""What Secrets Manager answers when two runs of a rotation meet; moto lets both have their way."""

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


def test_a_text_that_another_run_put_first_is_accepted(versions: SecretsManagerVersions, scripted: Stubber) -> None:
    scripted.add_client_error("put_secret_value", "ResourceExistsException")
    versions.put_pending("secret", "v" * 32, "the second text")


def test_a_secret_that_is_to_be_deleted_takes_no_text(versions: SecretsManagerVersions, scripted: Stubber) -> None:
    scripted.add_client_error("put_secret_value", "InvalidRequestException")
    with pytest.raises(WrongState, match="InvalidRequestException"):
        versions.put_pending("secret", "v" * 32, "a text")


@pytest.mark.parametrize("code", ["InvalidRequestException", "InvalidParameterException"])
def test_a_stage_that_another_run_has_moved_is_an_error_of_ours(
    versions: SecretsManagerVersions, scripted: Stubber, code: str
) -> None:
    scripted.add_client_error("update_secret_version_stage", code)
    with pytest.raises(WrongState, match=code):
        versions.make_current("secret", "v" * 32, instead_of="w" * 32)
