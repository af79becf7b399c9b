"""Stored data: encrypted at rest and in transit, and retained when the stack is deleted."""

from collections.abc import Callable, Iterator
from typing import Any

from local.template.document import BUCKET, QUEUE, TABLE
from tests.template.checks import as_list, breaks, rule
from tests.template.deployment import Deployment, Resource, Sources
from tests.template.rules.cache import CACHE

_POLICIES = {BUCKET: ("AWS::S3::BucketPolicy", "Bucket"), QUEUE: ("AWS::SQS::QueuePolicy", "Queues")}
_KEPT = (TABLE, BUCKET)


@rule
def data_is_encrypted_at_rest(deployment: Deployment) -> Iterator[str]:
    """Secrets and logs are left out, because AWS always encrypts them."""
    encrypted: dict[str, Callable[[Any], object]] = {
        QUEUE: lambda queue: queue.get("SqsManagedSseEnabled") is True or queue.get("KmsMasterKeyId"),
        TABLE: lambda table: table.get("SSESpecification", {}).get("SSEEnabled") is True,
        BUCKET: lambda bucket: bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration"),
        CACHE: lambda cache: cache.get("AtRestEncryptionEnabled") is True,
    }
    for kind, is_encrypted in encrypted.items():
        for resource in deployment.of_type(kind):
            if not is_encrypted(resource.properties):
                yield f"{resource.name}: is not encrypted"


@rule
def queues_and_buckets_refuse_plain_http(deployment: Deployment) -> Iterator[str]:
    for kind, (policy_type, target) in _POLICIES.items():
        policies = list(deployment.of_type(policy_type))
        for resource in deployment.of_type(kind):
            guarding = [policy for policy in policies if {"Ref": resource.name} in as_list(policy.properties[target])]
            if not any(_denies_plain_http(policy.properties["PolicyDocument"], resource) for policy in guarding):
                yield f"{resource.name}: no policy denies requests without TLS"


def _denies_plain_http(document: dict[str, Any], resource: Resource) -> bool:
    arn = {"Fn::GetAtt": [resource.name, "Arn"]}
    needed = [arn, {"Fn::Sub": f"${{{resource.name}.Arn}}/*"}] if resource.type == BUCKET else [arn]
    return any(
        statement["Effect"] == "Deny"
        and statement["Principal"] in ("*", {"AWS": "*"})
        and statement["Action"] in ("s3:*", "sqs:*")
        and all(_normalized(each) in map(_normalized, as_list(statement["Resource"])) for each in needed)
        and statement.get("Condition") in ({"Bool": {"aws:SecureTransport": value}} for value in ("false", False))
        for statement in document["Statement"]
    )


def _normalized(reference: Any) -> Any:
    """The reference with a Fn::GetAtt list written as a dotted path, so that both spellings compare equal."""
    path = reference.get("Fn::GetAtt") if isinstance(reference, dict) else None
    return {"Fn::GetAtt": ".".join(path)} if isinstance(path, list) else reference


@rule
def data_is_retained_when_its_stack_is_deleted(deployment: Deployment) -> Iterator[str]:
    for resource in deployment.of_type(*_KEPT):
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if not str(resource.body.get(policy)).startswith("Retain"):
                yield f"{resource.name}: {policy} is {resource.body.get(policy)}"


@breaks(data_is_encrypted_at_rest, "ValidationDeadLetters")
def unencrypted_dead_letters(sources: Sources) -> None:
    del sources.properties("ValidationDeadLetters")["SqsManagedSseEnabled"]


@breaks(data_is_encrypted_at_rest, "IdentityTable")
def unencrypted_table(sources: Sources) -> None:
    sources.properties("IdentityTable")["SSESpecification"]["SSEEnabled"] = False


@breaks(data_is_encrypted_at_rest, "ArtifactsBucket")
def unencrypted_bucket(sources: Sources) -> None:
    del sources.properties("ArtifactsBucket")["BucketEncryption"]


@breaks(data_is_encrypted_at_rest, "Cache")
def unencrypted_cache(sources: Sources) -> None:
    del sources.resource("Cache", "infra/cache.yaml")["Properties"]["AtRestEncryptionEnabled"]


@breaks(queues_and_buckets_refuse_plain_http, "ArtifactsBucket")
def files_over_http(sources: Sources) -> None:
    for statement in sources.properties("ArtifactsBucketPolicy")["PolicyDocument"]["Statement"]:
        statement["Resource"] = {"Fn::GetAtt": "ArtifactsBucket.Arn"}


@breaks(queues_and_buckets_refuse_plain_http, "ArtifactsBucket")
def bucket_over_http(sources: Sources) -> None:
    del sources.documents["template.yaml"]["Resources"]["ArtifactsBucketPolicy"]


@breaks(queues_and_buckets_refuse_plain_http, "ValidationQueue")
def queue_over_http(sources: Sources) -> None:
    for policy in sources.of_type("AWS::SQS::QueuePolicy"):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            statement["Effect"] = "Allow"


@breaks(data_is_retained_when_its_stack_is_deleted, "ArtifactsBucket")
def bucket_deleted_with_the_stack(sources: Sources) -> None:
    sources.resource("ArtifactsBucket")["DeletionPolicy"] = "Delete"
