"""Creates the template's tables, queues, buckets, secrets, event buses and rules, and updates those that exist.

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
from local.template.buckets import BucketKeeper
from local.template.checks import as_text, reject_unknown, shape_errors
from local.template.document import BUCKET, BUS, PROVISIONED, QUEUE, RULE, SECRET, TABLE, Template
from local.template.event_rules import ensure_rule
from local.template.schedules import is_scheduled
from local.template.tables import TableKeeper

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

Properties = Mapping[str, Any]

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
    RULE: ("RoleArn", "Tags"),
}


class Provisioner:
    """Makes or updates resources and sets their names and ARNs in the template.

    `remarks` lists settings that a store lacks.
    """

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
        self._sqs = sqs
        self._secrets = secrets
        self._events = events
        self._makers: dict[str, Callable[[str, Properties], dict[str, str]]] = {
            TABLE: self._table,
            QUEUE: self._queue,
            BUCKET: self._bucket,
            SECRET: self._secret,
            BUS: self._bus,
            RULE: self._rule,
        }
        self.remarks: list[str] = []
        self._tables = TableKeeper(dynamodb, self.remarks)
        self._buckets = BucketKeeper(s3, self.remarks)

    def run(self, *types: str) -> None:
        """Makes or updates the resources of these types (by default all), each one after those that it refers to.

        Raises:
            TemplateError: a property is unknown, has an unresolved reference, or is rejected by the store.
        """
        template = self._template
        wanted = template.of_type(*(types or PROVISIONED))
        order = TopologicalSorter({name: template.dependencies(name) for name in wanted})
        for name in order.static_order():
            try:
                with shape_errors(name):
                    template.set_attributes(name, self._ensure(name))
            except (ClientError, ParamValidationError) as error:
                raise TemplateError(name, str(error)) from error

    def _ensure(self, name: str) -> dict[str, str]:
        """Makes or updates one resource; returns the values of Ref (key "Ref") and GetAtt for it."""
        kind = self._template.type_of(name)
        return self._makers[kind](name, self._template.properties(name, _ONLY_ON_AWS[kind]))

    def _physical_name(self, name: str) -> str:
        return f"{self._template.stack_name}-{name}"

    def _table(self, name: str, properties: Properties) -> dict[str, str]:
        return self._tables.ensure(name, properties.get("TableName", self._physical_name(name)), properties)

    def _queue(self, name: str, properties: Properties) -> dict[str, str]:
        reject_unknown(properties, (*_QUEUE_ATTRIBUTES, "QueueName", "Tags"), name)
        fifo = ".fifo" if properties.get("FifoQueue") else ""
        queue = properties.get("QueueName", self._physical_name(name) + fifo)
        attributes = {
            key: json.dumps(value) if isinstance(value, dict) else as_text(value)
            for key, value in properties.items()
            if key in _QUEUE_ATTRIBUTES
        }
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        url = self._queue_url(queue, attributes, tags)
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
        return {"Ref": url, "Arn": arn, "QueueName": queue, "QueueUrl": url}

    def _queue_url(self, queue: str, attributes: dict[str, str], tags: dict[str, str]) -> str:
        try:
            url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        except self._sqs.exceptions.QueueDoesNotExist:
            return self._sqs.create_queue(QueueName=queue, Attributes=attributes, tags=tags)["QueueUrl"]  # type: ignore[arg-type]
        changeable = {key: value for key, value in attributes.items() if key != "FifoQueue"}
        self._sqs.set_queue_attributes(QueueUrl=url, Attributes=changeable)  # type: ignore[arg-type]
        if tags:
            self._sqs.tag_queue(QueueUrl=url, Tags=tags)
        return url

    def _bus(self, name: str, properties: Properties) -> dict[str, str]:
        reject_unknown(properties, ("Description", "Name"), name)
        bus = properties.get("Name", self._physical_name(name))
        try:
            arn = self._events.describe_event_bus(Name=bus)["Arn"]
        except self._events.exceptions.ResourceNotFoundException:
            arn = self._events.create_event_bus(Name=bus, Description=properties.get("Description", ""))["EventBusArn"]
        return {"Ref": bus, "Arn": arn, "Name": bus}

    def _rule(self, name: str, properties: Properties) -> dict[str, str]:
        if is_scheduled(properties):  # local/functions/schedules.py follows it: moto has no clock
            return {"Ref": name, "Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"}
        return ensure_rule(self._events, name, properties.get("Name", self._physical_name(name)), properties)

    def _secret(self, name: str, properties: Properties) -> dict[str, str]:
        reject_unknown(properties, ("Description", "GenerateSecretString", "Name", "SecretString"), name)
        secret = properties.get("Name", self._physical_name(name))
        try:
            arn = self._secrets.describe_secret(SecretId=secret)["ARN"]  # it keeps its value
        except self._secrets.exceptions.ResourceNotFoundException:
            value = properties.get("SecretString", "")
            if "GenerateSecretString" in properties:
                value = self._generate_secret(properties["GenerateSecretString"])
            description = properties.get("Description", "")
            arn = self._secrets.create_secret(Name=secret, Description=description, SecretString=value)["ARN"]
        return {"Ref": arn, "Id": arn}

    def _generate_secret(self, rules: Properties) -> str:
        """Returns a random password, or the JSON object in SecretStringTemplate with the password added."""
        arguments = dict(rules)
        envelope, key = arguments.pop("SecretStringTemplate", None), arguments.pop("GenerateStringKey", None)
        password = self._secrets.get_random_password(**arguments)["RandomPassword"]
        return json.dumps(json.loads(envelope) | {key: password}) if envelope else password

    def _bucket(self, name: str, properties: Properties) -> dict[str, str]:
        bucket = properties.get("BucketName", self._physical_name(name).lower())
        self._buckets.ensure(name, bucket, properties)
        return {"Ref": bucket, "Arn": f"arn:aws:s3:::{bucket}"}
