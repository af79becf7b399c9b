"""Secrets that hold bytes instead of text. A process keeps the value that it has read before."""

import boto3
import pytest

from maas.adapters.aws.secret_versions import SecretsManagerVersions
from maas.domain.errors import Unavailable
from maas.domain.ids import new_id
from maas.security.keyring import Keyring
from maas.security.secret_values import Secret, SecretReader
from tests.support.aws import Aws


@pytest.fixture
def secret_id(aws: Aws) -> str:
    name = new_id()
    client = boto3.client("secretsmanager", endpoint_url=aws.endpoint)
    client.create_secret(Name=name, SecretString='{"current": "' + "k" * 64 + '"}')
    return name


def test_keys_in_use_survive_a_binary_secret(aws: Aws, secret_id: str) -> None:
    now = 1_000_000.0
    reader = SecretReader(aws.endpoint)
    secret = Secret(lambda: reader.text(secret_id), Keyring.parse, lambda: now)
    held = secret.value()
    boto3.client("secretsmanager", endpoint_url=aws.endpoint).put_secret_value(SecretId=secret_id, SecretBinary=b"\x00")

    now += 1000

    assert secret.value() is held
    with pytest.raises(Unavailable):
        secret.renew()


def test_the_text_of_a_binary_version_is_empty(aws: Aws, secret_id: str) -> None:
    client = boto3.client("secretsmanager", endpoint_url=aws.endpoint)
    version = client.put_secret_value(SecretId=secret_id, SecretBinary=b"\x00")["VersionId"]
    assert SecretsManagerVersions(aws.endpoint).text(secret_id, version) == ""
