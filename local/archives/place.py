"""Where the data of a stack is: clients of its stores, and the names of its resources there."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from local import aws_clients
from local.archives.records import ARTIFACTS, AUDIT_LOG, TABLES
from local.errors import StackError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

_QUEUE = "ValidationQueue"  # its logical id in template.yaml
_OUTPUTS = {
    "RegistryTable": "RegistryTableName",
    "IdentityTable": "IdentityTableName",
    "AuditTable": "AuditTableName",
}
_BUCKETS = {ARTIFACTS: "ArtifactsBucketName", AUDIT_LOG: "AuditBucketName"}
_PROFILE = "AWS_PROFILE to a profile that has"
# One line of loopback calls; a store under load answers late.
_LOCAL = Config(s3={"addressing_style": "path"}, proxies={}, read_timeout=60, retries={"total_max_attempts": 4})


@dataclass(frozen=True, slots=True)
class Place:
    """Physical names by logical id. `secret_ids` is empty for a stack whose secrets are its own."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    secrets: "SecretsManagerClient"
    sqs: "SQSClient"
    tables: Mapping[str, str]
    buckets: Mapping[str, str]
    secret_ids: Mapping[str, str]
    queue: str


def on_this_machine(ready: Mapping[str, Any]) -> Place:
    """The stores of a stack on this machine. `ready` is the content of its ready file, or the same part of it."""
    session = aws_clients.session(ready["credentials"])
    return Place(
        dynamodb=session.client("dynamodb", endpoint_url=ready["table_store"], config=_LOCAL),
        s3=session.client("s3", endpoint_url=ready["s3"], config=_LOCAL),
        secrets=session.client("secretsmanager", endpoint_url=ready["aws"], config=_LOCAL),
        sqs=session.client("sqs", endpoint_url=ready["aws"], config=_LOCAL),
        tables={table: ready["tables"][table] for table in TABLES},
        buckets={ARTIFACTS: ready["bucket"], AUDIT_LOG: ready["audit_bucket"]},
        secret_ids=ready["secrets"],
        queue=ready["queues"][_QUEUE],
    )


def engine(port: int, credentials: Mapping[str, str]) -> "DynamoDBClient":
    """A client of a table store on this machine."""
    return aws_clients.session(credentials).client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}", config=_LOCAL)


def on_aws(stack: str) -> Place:
    """The stores of a deployed stack, with the credentials, region and endpoints that boto3 finds in this shell.

    Raises:
        StackError: there is no such stack, or no access to it.
    """
    with problems():
        cloudformation: Any = "cloudformation"  # boto3-stubs does not include it
        # boto3 itself reads AWS_DEFAULT_REGION alone
        session = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
        found = session.client(cloudformation).describe_stacks(StackName=stack)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        wanted = [*_OUTPUTS.values(), *_BUCKETS.values(), "ValidationQueueUrl"]
        if missing := [name for name in wanted if name not in outputs]:
            raise StackError(f"the stack {stack} is not one of MaaS: it has no output {missing[0]}")
        return Place(
            dynamodb=session.client("dynamodb"),
            s3=session.client("s3"),
            secrets=session.client("secretsmanager"),
            sqs=session.client("sqs"),
            tables={table: outputs[output] for table, output in _OUTPUTS.items()},
            buckets={bucket: outputs[output] for bucket, output in _BUCKETS.items()},
            secret_ids={},
            queue=outputs["ValidationQueueUrl"],
        )


@contextlib.contextmanager
def problems() -> Iterator[None]:
    """Turns an error of a store or of AWS into one line."""
    try:
        yield
    except ClientError as error:
        found = error.response["Error"]
        raise StackError(f"{error.operation_name} was refused: {found.get('Message') or found['Code']}") from error
    except NoRegionError as error:
        raise StackError(f"no region of AWS is set: set AWS_REGION, or {_PROFILE} one") from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        keys = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise StackError(f"no credentials of AWS are set: set {keys}, or {_PROFILE} them") from error
    except BotoCoreError as error:
        raise StackError(str(error).replace("\n", " ")) from error
