"""Rotations started as Secrets Manager starts them. moto calls an empty Lambda function as the rotator."""

import io
import json
import urllib.request
import zipfile
from typing import Any

import boto3

from maas.domain.ids import new_id


class Rotations:
    """Secrets and rotations at the moto `endpoint`."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._secrets: Any = boto3.client("secretsmanager", endpoint_url=endpoint)
        self._function = self._empty_function()

    def create(self, text: str) -> str:
        """Creates a secret and returns its ARN."""
        return str(self._secrets.create_secret(Name=new_id(), SecretString=text)["ARN"])

    def announce(self, secret_id: str) -> str:
        """Starts a rotation and returns the id of the pending version, which has no text yet."""
        rules = {"AutomaticallyAfterDays": 30}
        started = self._secrets.rotate_secret(SecretId=secret_id, RotationLambdaARN=self._function, RotationRules=rules)
        return str(started["VersionId"])

    def _empty_function(self) -> str:
        name = f"rotator-{new_id()}"
        config = json.dumps({"lambda": {"use_docker": False}}).encode()
        request = urllib.request.Request(f"{self._endpoint}/moto-api/config", config, method="POST")
        with urllib.request.urlopen(request, timeout=10):
            pass
        role = boto3.client("iam", endpoint_url=self._endpoint).create_role(
            RoleName=name, AssumeRolePolicyDocument="{}"
        )
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("app.py", "")
        functions: Any = boto3.client("lambda", endpoint_url=self._endpoint)
        made = functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": code.getvalue()},
        )
        return str(made["FunctionArn"])
