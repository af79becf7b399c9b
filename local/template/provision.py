"""Creates the template's tables, queues, buckets, secrets and event buses.

moto's CloudFormation silently drops many properties. Here each property is applied by its own API call, and an unknown
property is an error.
"""

import json
from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from local.aws_account import ACCOUNT, REGION
from local.errors import TemplateError
from local.template.buckets import BucketCreator
from local.template.checks import as_text, reject_unknown, shape_errors
from local.template.document import BUCKET, BUS, PROVISIONED, QUEUE, SECRET, TABLE, Template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

Properties = Mapping[str, Any]

_CREATE_TABLE_ARGUMENTS = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "TableClass",
)
_OTHER_TABLE_PROPERTIES = (
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "StreamSpecification",
    "TableName",
    "TimeToLiveSpecification",
)
_QUEUE_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DelaySeconds",
    "FifoQueue",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
# Settings for keys, other accounts, logs and metrics, which no local store has. They are removed before references are
# resolved, so the resources that they refer to need not exist here.
_ONLY_ON_AWS = {
    TABLE: ("ContributorInsightsSpecification", "ResourcePolicy", "Tags", "WarmThroughput"),
    QUEUE: ("KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId"),
    BUCKET: ("LoggingConfiguration", "MetricsConfigurations", "OwnershipControls", "Tags"),
    SECRET: ("KmsKeyId", "ReplicaRegions", "Tags"),
    BUS: ("DeadLetterConfig", "KmsKeyIdentifier", "LogConfig", "Policy", "Tags"),
}


class Provisioner:
    """Creates resources and sets their names and ARNs in the template. `remarks` lists settings that a store lacks."""

    def __init__(
        self,
        template: Template,
        dynamodb: "DynamoDBClient",
        sqs: "SQSClient",
        s3: "S3Client",
        secrets: "SecretsManagerClient",
        events: Any,
    ) -> None:
        self._template = template
        self._dynamodb = dynamodb
        self._sqs = sqs
        self._secrets = secrets
        self._events = events
        self._creators: dict[str, Callable[[str, Properties], dict[str, str]]] = {
            TABLE: self._create_table,
            QUEUE: self._create_queue,
            BUCKET: self._create_bucket,
            SECRET: self._create_secret,
            BUS: self._create_bus,
        }
        self.remarks: list[str] = []
        self._buckets = BucketCreator(s3, self.remarks)

    def run(self, *types: str) -> None:
        """Creates the resources of these types (by default all), each one after the resources it refers to.

        Raises:
            TemplateError: a property is unknown, has an unresolved reference, or is rejected by the store.
        """
        template = self._template
        wanted = template.of_type(*(types or PROVISIONED))
        order = TopologicalSorter({name: template.dependencies(name) for name in wanted})
        for name in order.static_order():
            try:
                with shape_errors(name):
                    template.set_attributes(name, self._create(name))
            except (ClientError, ParamValidationError) as error:
                raise TemplateError(name, str(error)) from error

    def _create(self, name: str) -> dict[str, str]:
        """Creates one resource; returns the values of Ref (key "Ref") and GetAtt for it."""
        kind = self._template.type_of(name)
        return self._creators[kind](name, self._template.properties(name, _ONLY_ON_AWS[kind]))

    def _physical_name(self, name: str) -> str:
        return f"{self._template.stack_name}-{name}"

    def _create_table(self, name: str, properties: Properties) -> dict[str, str]:
        reject_unknown(properties, (*_CREATE_TABLE_ARGUMENTS, *_OTHER_TABLE_PROPERTIES), name)
        arguments = {key: properties[key] for key in _CREATE_TABLE_ARGUMENTS if key in properties}
        if "SSESpecification" in properties:
            encryption = properties["SSESpecification"]
            reject_unknown(encryption, ("KMSMasterKeyId", "SSEEnabled", "SSEType"), f"{name}.SSESpecification")
            arguments["SSESpecification"] = {"Enabled": encryption["SSEEnabled"]}
        if "StreamSpecification" in properties:
            stream = properties["StreamSpecification"]
            reject_unknown(stream, ("StreamViewType",), f"{name}.StreamSpecification")
            arguments["StreamSpecification"] = {"StreamEnabled": True, **stream}
        table = properties.get("TableName", self._physical_name(name))
        created = self._dynamodb.create_table(TableName=table, **arguments)["TableDescription"]
        if "TimeToLiveSpecification" in properties:
            ttl = properties["TimeToLiveSpecification"]
            self._dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=ttl)
        if "PointInTimeRecoverySpecification" in properties:
            self._enable_backups(name, table, properties["PointInTimeRecoverySpecification"])
        return {"Ref": table, "Arn": created["TableArn"], "StreamArn": created.get("LatestStreamArn", "")}

    def _enable_backups(self, name: str, table: str, value: Any) -> None:
        try:
            self._dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=value)
        except ClientError as error:
            if error.response["Error"]["Code"] != "UnknownOperationException":
                raise
            setting = f"{name}.PointInTimeRecoverySpecification"
            self.remarks.append(f"{setting} is not applied: no local table store has backups")

    def _create_queue(self, name: str, properties: Properties) -> dict[str, str]:
        reject_unknown(properties, (*_QUEUE_ATTRIBUTES, "QueueName", "Tags"), name)
        fifo = ".fifo" if properties.get("FifoQueue") else ""
        queue = properties.get("QueueName", self._physical_name(name) + fifo)
        attributes = {
            key: json.dumps(value) if isinstance(value, dict) else as_text(value)
            for key, value in properties.items()
            if key in _QUEUE_ATTRIBUTES
        }
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        url = self._sqs.create_queue(QueueName=queue, Attributes=attributes, tags=tags)["QueueUrl"]  # type: ignore[arg-type]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
        return {"Ref": url, "Arn": arn, "QueueName": queue, "QueueUrl": url}

    def _create_bus(self, name: str, properties: Properties) -> dict[str, str]:
        reject_unknown(properties, ("Description", "Name"), name)
        bus = properties.get("Name", self._physical_name(name))
        arn = self._events.create_event_bus(Name=bus, Description=properties.get("Description", ""))["EventBusArn"]
        return {"Ref": bus, "Arn": arn, "Name": bus}

    def _create_secret(self, name: str, properties: Properties) -> dict[str, str]:
        reject_unknown(properties, ("Description", "GenerateSecretString", "Name", "SecretString"), name)
        value = properties.get("SecretString")
        if "GenerateSecretString" in properties:
            value = self._generate_secret(properties["GenerateSecretString"])
        arn = self._secrets.create_secret(
            Name=properties.get("Name", self._physical_name(name)),
            Description=properties.get("Description", ""),
            SecretString=value or "",
        )["ARN"]
        return {"Ref": arn, "Id": arn}

    def _generate_secret(self, rules: Properties) -> str:
        """Returns a random password, or the JSON object in SecretStringTemplate with the password added."""
        arguments = dict(rules)
        envelope, key = arguments.pop("SecretStringTemplate", None), arguments.pop("GenerateStringKey", None)
        password = self._secrets.get_random_password(**arguments)["RandomPassword"]
        return json.dumps(json.loads(envelope) | {key: password}) if envelope else password

    def _create_bucket(self, name: str, properties: Properties) -> dict[str, str]:
        bucket = properties.get("BucketName", self._physical_name(name).lower())
        self._buckets.create(name, bucket, properties)
        return {"Ref": bucket, "Arn": f"arn:aws:s3:::{bucket}"}
