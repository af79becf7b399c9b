"""Rotations started as Secrets Manager starts them. moto calls an empty Lambda function as the rotator."""

import io
import zipfile
from typing import Any

from local import aws_clients
from local.aws_account import CREDENTIALS
from local.demo.client import http_client
from maas.domain.ids import new_id


class Rotations:
    """Secrets and rotations at the moto `endpoint`."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._session = aws_clients.session(CREDENTIALS)
        self._secrets: Any = self._client("secretsmanager")

    def create(self, text: str) -> str:
        """Creates a secret and returns its ARN."""
        return str(self._secrets.create_secret(Name=new_id(), SecretString=text)["ARN"])

    def announce(self, secret_id: str) -> str:
        """Starts a rotation and returns the id of the pending version, which has no text yet."""
        rules = {"AutomaticallyAfterDays": 30}
        started = self._secrets.rotate_secret(
            SecretId=secret_id, RotationLambdaARN=self._empty_function(), RotationRules=rules
        )
        return str(started["VersionId"])

    def write_pending(self, secret_id: str, version: str, text: str) -> None:
        """Stores the text of the pending version."""
        stages = ["AWSPENDING"]
        self._secrets.put_secret_value(
            SecretId=secret_id, ClientRequestToken=version, SecretString=text, VersionStages=stages
        )

    def _client(self, service: Any) -> Any:
        return self._session.client(service, endpoint_url=self._endpoint)

    def _empty_function(self) -> str:
        name = f"rotator-{new_id()}"
        with http_client() as http:
            http.post(f"{self._endpoint}/moto-api/config", json={"lambda": {"use_docker": False}}).raise_for_status()
        role = self._client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("app.py", "")
        functions: Any = self._client("lambda")
        made = functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": code.getvalue()},
        )
        return str(made["FunctionArn"])
