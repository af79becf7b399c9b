"""Makes the template's tables, queues, buckets, secrets and buses from the properties found there.

CloudFormation in moto drops many properties in silence, so each one is applied by its own API call,
and one that nobody here knows stops the start.
"""

import json
from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from local.aws_account import ACCOUNT, REGION
from local.errors import TemplateError
from local.template.document import BUCKET, BUS, PROVISIONED, QUEUE, SECRET, TABLE, Template, only, text, understood

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

Properties = Mapping[str, Any]

_AS_CREATE_TABLE = (
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
# Keys, other accounts, logs and metrics: no store here has them, so what they refer to need not be here either.
_ONLY_ON_AWS = {
    TABLE: ("ContributorInsightsSpecification", "ResourcePolicy", "Tags", "WarmThroughput"),
    QUEUE: ("KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId"),
    BUCKET: ("LoggingConfiguration", "MetricsConfigurations", "OwnershipControls", "Tags"),
    SECRET: ("KmsKeyId", "ReplicaRegions", "Tags"),
    BUS: ("DeadLetterConfig", "KmsKeyIdentifier", "LogConfig", "Policy", "Tags"),
}
# Settings that MinIO leaves out by design: the error it answers, and what it does instead.
_NOT_IN_MINIO = {
    "PublicAccessBlockConfiguration": ("MalformedXML", "MinIO keeps buckets private without it"),
    "BucketEncryption": ("NotImplemented", "MinIO would need a key server"),
    "CorsConfiguration": ("NotImplemented", "MinIO answers every origin"),
    "LifecycleConfiguration": ("InvalidArgument", "MinIO drops unfinished uploads after a day"),
}


class Provisioner:
    """Creates resources, gives the template their names and ARNs, and collects in `remarks` what a store left out."""

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
        self._s3 = s3
        self._secrets = secrets
        self._events = events
        self._makers: dict[str, Callable[[str, Properties], dict[str, str]]] = {
            TABLE: self._table,
            QUEUE: self._queue,
            BUCKET: self._bucket,
            SECRET: self._secret,
            BUS: self._bus,
        }
        self.remarks: list[str] = []

    def run(self, *types: str) -> None:
        """Makes everything, or what is of one of these types, each resource after those it mentions.

        Raises:
            TemplateError: a property is unknown, refers to nothing, or is refused by the store.
        """
        template = self._template
        wanted = template.of_type(*(types or PROVISIONED))
        order = TopologicalSorter({name: template.dependencies(name) for name in wanted})
        for name in order.static_order():
            kind = template.type_of(name)
            try:
                with understood(name):
                    template.made(name, self._makers[kind](name, template.properties(name, _ONLY_ON_AWS[kind])))
            except (ClientError, ParamValidationError) as error:
                raise TemplateError(name, str(error)) from error

    def _physical(self, name: str) -> str:
        return f"{self._template.stack_name}-{name}"

    def _table(self, name: str, properties: Properties) -> dict[str, str]:
        own = (
            "TableName",
            "TimeToLiveSpecification",
            "PointInTimeRecoverySpecification",
            "SSESpecification",
            "StreamSpecification",
        )
        only(properties, (*_AS_CREATE_TABLE, *own), name)
        arguments = {key: properties[key] for key in _AS_CREATE_TABLE if key in properties}
        if "SSESpecification" in properties:
            only(
                properties["SSESpecification"], ("KMSMasterKeyId", "SSEEnabled", "SSEType"), f"{name}.SSESpecification"
            )
            arguments["SSESpecification"] = {"Enabled": properties["SSESpecification"]["SSEEnabled"]}
        if "StreamSpecification" in properties:
            only(properties["StreamSpecification"], ("StreamViewType",), f"{name}.StreamSpecification")
            arguments["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
        table = properties.get("TableName", self._physical(name))
        made = self._dynamodb.create_table(TableName=table, **arguments)["TableDescription"]
        if "TimeToLiveSpecification" in properties:
            self._dynamodb.update_time_to_live(
                TableName=table, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
            )
        if "PointInTimeRecoverySpecification" in properties:
            self._point_in_time(name, table, properties["PointInTimeRecoverySpecification"])
        return {"Ref": table, "Arn": made["TableArn"], "StreamArn": made.get("LatestStreamArn", "")}

    def _point_in_time(self, name: str, table: str, value: Any) -> None:
        try:
            self._dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=value)
        except ClientError as error:
            if error.response["Error"]["Code"] != "UnknownOperationException":
                raise
            setting = f"{name}.PointInTimeRecoverySpecification"
            self.remarks.append(f"{setting} is not applied: DynamoDB Local keeps no copies")

    def _queue(self, name: str, properties: Properties) -> dict[str, str]:
        only(properties, (*_QUEUE_ATTRIBUTES, "QueueName", "Tags"), name)
        fifo = ".fifo" if properties.get("FifoQueue") else ""
        queue = properties.get("QueueName", self._physical(name) + fifo)
        attributes = {
            key: json.dumps(value) if isinstance(value, dict) else text(value)
            for key, value in properties.items()
            if key in _QUEUE_ATTRIBUTES
        }
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        url = self._sqs.create_queue(QueueName=queue, Attributes=attributes, tags=tags)["QueueUrl"]  # type: ignore[arg-type]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
        return {"Ref": url, "Arn": arn, "QueueName": queue, "QueueUrl": url}

    def _bus(self, name: str, properties: Properties) -> dict[str, str]:
        only(properties, ("Description", "Name"), name)
        bus = properties.get("Name", self._physical(name))
        arn = self._events.create_event_bus(Name=bus, Description=properties.get("Description", ""))["EventBusArn"]
        return {"Ref": bus, "Arn": arn, "Name": bus}

    def _secret(self, name: str, properties: Properties) -> dict[str, str]:
        only(properties, ("Description", "GenerateSecretString", "Name", "SecretString"), name)
        value = properties.get("SecretString")
        if "GenerateSecretString" in properties:
            value = self._generated(properties["GenerateSecretString"])
        arn = self._secrets.create_secret(
            Name=properties.get("Name", self._physical(name)),
            Description=properties.get("Description", ""),
            SecretString=value or "",
        )["ARN"]
        return {"Ref": arn, "Id": arn}

    def _generated(self, rules: Properties) -> str:
        """A random password, alone or as one more key of the JSON object in SecretStringTemplate."""
        arguments = dict(rules)
        envelope, key = arguments.pop("SecretStringTemplate", None), arguments.pop("GenerateStringKey", None)
        password = self._secrets.get_random_password(**arguments)["RandomPassword"]
        return json.dumps(json.loads(envelope) | {key: password}) if envelope else password

    def _bucket(self, name: str, properties: Properties) -> dict[str, str]:
        bucket = properties.get("BucketName", self._physical(name).lower())
        settings = self._bucket_settings(bucket)
        only(properties, ("BucketName", *settings), name)
        self._s3.create_bucket(Bucket=bucket)
        for key, apply in settings.items():
            if key in properties:
                self._apply(name, key, apply, properties[key])
        return {"Ref": bucket, "Arn": f"arn:aws:s3:::{bucket}"}

    def _bucket_settings(self, bucket: str) -> dict[str, Callable[[Any], object]]:
        s3 = self._s3
        return {
            "VersioningConfiguration": lambda value: s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration=value
            ),
            "PublicAccessBlockConfiguration": lambda value: s3.put_public_access_block(
                Bucket=bucket, PublicAccessBlockConfiguration=value
            ),
            "BucketEncryption": lambda value: s3.put_bucket_encryption(
                Bucket=bucket, ServerSideEncryptionConfiguration=_encryption(value)
            ),
            "CorsConfiguration": lambda value: s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=_cors(value)),
            "LifecycleConfiguration": lambda value: s3.put_bucket_lifecycle_configuration(
                Bucket=bucket, LifecycleConfiguration=_lifecycle(value)
            ),
        }

    def _apply(self, name: str, setting: str, apply: Callable[[Any], object], value: Any) -> None:
        code, instead = _NOT_IN_MINIO.get(setting, ("", ""))
        try:
            apply(value)
        except ClientError as error:
            if error.response["Error"]["Code"] != code:
                raise
            self.remarks.append(f"{name}.{setting} is not applied: {instead}")


def _renamed(value: Properties, names: Mapping[str, str], where: str) -> dict[str, Any]:
    """CloudFormation's names for a rule's fields as the S3 API's; raises TemplateError for one it does not know."""
    only(value, names, where)
    return {names[key]: item for key, item in value.items()}


def _encryption(value: Properties) -> Any:
    rule = {
        "BucketKeyEnabled": "BucketKeyEnabled",
        "ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault",
    }
    rules = value["ServerSideEncryptionConfiguration"]
    return {"Rules": [_renamed(item, rule, "BucketEncryption") for item in rules]}


def _cors(value: Properties) -> Any:
    rule = {
        "AllowedHeaders": "AllowedHeaders",
        "AllowedMethods": "AllowedMethods",
        "AllowedOrigins": "AllowedOrigins",
        "ExposedHeaders": "ExposeHeaders",
        "Id": "ID",
        "MaxAge": "MaxAgeSeconds",
    }
    return {"CORSRules": [_renamed(item, rule, "CorsConfiguration.CorsRules") for item in value["CorsRules"]]}


def _lifecycle(value: Properties) -> Any:
    rule = {
        "AbortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload",
        "ExpiredObjectDeleteMarker": "Expiration",
        "Id": "ID",
        "NoncurrentVersionExpiration": "NoncurrentVersionExpiration",
        "Prefix": "Filter",
        "Status": "Status",
    }
    rules = [_renamed({"Prefix": ""} | item, rule, "LifecycleConfiguration.Rules") for item in value["Rules"]]
    return {"Rules": [_nested(item) for item in rules]}


def _nested(rule: dict[str, Any]) -> dict[str, Any]:
    """What CloudFormation writes flat and the S3 API within another field."""
    marker = {"Expiration": {"ExpiredObjectDeleteMarker": rule["Expiration"]}} if "Expiration" in rule else {}
    return rule | marker | {"Filter": {"Prefix": rule["Filter"]}}
