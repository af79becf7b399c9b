"""Tables, bucket, secrets: encrypted, private, and hard to lose."""

from collections.abc import Callable, Iterator
from typing import Any

from local.template.document import BUCKET, QUEUE, SECRET, TABLE
from tests.template.checks import breaks, listed, rule
from tests.template.deployment import Deployment, Resource, Sources

CACHE = "AWS::ElastiCache::ReplicationGroup"
_POLICIES = {BUCKET: ("AWS::S3::BucketPolicy", "Bucket"), QUEUE: ("AWS::SQS::QueuePolicy", "Queues")}
_KEPT = (TABLE, BUCKET)


@rule
def data_is_encrypted_where_it_lies(deployment: Deployment) -> Iterator[str]:
    """Secrets and logs always are: AWS gives no way to have them otherwise."""
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
def the_cache_takes_tls_and_a_password(deployment: Deployment) -> Iterator[str]:
    for cache in deployment.of_type(CACHE):
        encrypted = cache.properties.get("TransitEncryptionEnabled") is True
        token = str(cache.properties.get("AuthToken"))
        if not encrypted or cache.properties.get("TransitEncryptionMode", "required") != "required":
            yield f"{cache.name}: takes plaintext"
        if "{{resolve:secretsmanager:" not in token:
            yield f"{cache.name}: has no password, or one that the template tells"


@rule
def the_cache_is_called_by_tls(deployment: Deployment) -> Iterator[str]:
    for secret in deployment.of_type(SECRET):
        if "redis://" in str(secret.properties.get("SecretString")):
            yield f"{secret.name}: tells clients to call without TLS"


@rule
def queues_and_buckets_refuse_plain_http(deployment: Deployment) -> Iterator[str]:
    for kind, (policy_type, target) in _POLICIES.items():
        policies = list(deployment.of_type(policy_type))
        for resource in deployment.of_type(kind):
            guarding = [policy for policy in policies if {"Ref": resource.name} in listed(policy.properties[target])]
            if not any(_denies_plain_http(policy.properties["PolicyDocument"], resource) for policy in guarding):
                yield f"{resource.name}: no policy denies requests without TLS"


def _denies_plain_http(document: dict[str, Any], resource: Resource) -> bool:
    arn = {"Fn::GetAtt": [resource.name, "Arn"]}
    whole = [arn, {"Fn::Sub": f"${{{resource.name}.Arn}}/*"}] if resource.type == BUCKET else [arn]
    return any(
        statement["Effect"] == "Deny"
        and statement["Principal"] in ("*", {"AWS": "*"})
        and statement["Action"] in ("s3:*", "sqs:*")
        and all(_spelt(each) in map(_spelt, listed(statement["Resource"])) for each in whole)
        and statement.get("Condition") in ({"Bool": {"aws:SecureTransport": value}} for value in ("false", False))
        for statement in document["Statement"]
    )


def _spelt(reference: Any) -> Any:
    """GetAtt in its two spellings is one."""
    path = reference.get("Fn::GetAtt") if isinstance(reference, dict) else None
    return {"Fn::GetAtt": ".".join(path)} if isinstance(path, list) else reference


@rule
def buckets_are_closed_to_the_public(deployment: Deployment) -> Iterator[str]:
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    for bucket in deployment.of_type(BUCKET):
        block = bucket.properties.get("PublicAccessBlockConfiguration", {})
        yield from (f"{bucket.name}: {name} is not set" for name in blocks if block.get(name) is not True)


@rule
def buckets_keep_versions(deployment: Deployment) -> Iterator[str]:
    for bucket in deployment.of_type(BUCKET):
        if bucket.properties.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{bucket.name}: is not versioned"


@rule
def unfinished_uploads_end_within_a_week(deployment: Deployment) -> Iterator[str]:
    for bucket in deployment.of_type(BUCKET):
        rules = bucket.properties.get("LifecycleConfiguration", {}).get("Rules", [])
        days = [
            rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
            for rule in rules
            if rule["Status"] == "Enabled" and "AbortIncompleteMultipartUpload" in rule and not _narrowed(rule)
        ]
        if not days or min(days) > 7:
            yield f"{bucket.name}: parts of unfinished uploads stay longer than 7 days"


def _narrowed(rule: dict[str, Any]) -> bool:
    return any(rule.get(name) for name in ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"))


@rule
def browsers_may_read_the_etag_of_a_part(deployment: Deployment) -> Iterator[str]:
    cors = deployment.named("ArtifactsBucket").properties.get("CorsConfiguration", {}).get("CorsRules", [])
    if not cors or not all("ETag" in each.get("ExposedHeaders", []) for each in cors):
        yield "ArtifactsBucket: its CORS rules do not expose ETag"


@rule
def tables_are_paid_by_request(deployment: Deployment) -> Iterator[str]:
    for table in deployment.of_type(TABLE):
        if table.properties.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{table.name}: is not on demand"


@rule
def tables_can_go_back_in_time(deployment: Deployment) -> Iterator[str]:
    for table in deployment.of_type(TABLE):
        if not table.properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{table.name}: has no point-in-time recovery"


@rule
def tables_forget_what_expires(deployment: Deployment) -> Iterator[str]:
    for table in deployment.of_type(TABLE):
        if table.properties.get("TimeToLiveSpecification") != {"AttributeName": "expires", "Enabled": True}:
            yield f"{table.name}: has no time to live"


@rule
def tables_are_protected_in_production(deployment: Deployment) -> Iterator[str]:
    for table in deployment.of_type(TABLE):
        if deployment.environment == "prod" and table.properties.get("DeletionProtectionEnabled") is not True:
            yield f"{table.name}: can be deleted"


@rule
def data_outlives_its_stack(deployment: Deployment) -> Iterator[str]:
    for resource in deployment.of_type(*_KEPT):
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if not str(resource.body.get(policy)).startswith("Retain"):
                yield f"{resource.name}: {policy} is {resource.body.get(policy)}"


@rule
def files_of_users_stay(deployment: Deployment) -> Iterator[str]:
    bucket = deployment.named("ArtifactsBucket")
    for each in bucket.properties.get("LifecycleConfiguration", {}).get("Rules", []):
        if {"ExpirationInDays", "ExpirationDate"} & each.keys():
            yield f"{bucket.name}: {each.get('Id')} deletes models in use"


@rule
def secrets_are_random_and_nobody_has_read_them(deployment: Deployment) -> Iterator[str]:
    for secret in deployment.of_type(SECRET):
        length = secret.properties.get("GenerateSecretString", {}).get("PasswordLength", 0)
        if length < 64 and "{{resolve:secretsmanager:" not in str(secret.properties.get("SecretString")):
            yield f"{secret.name}: is short, or stands in the template"


@rule
def signing_keys_rotate(deployment: Deployment) -> Iterator[str]:
    rotated = [schedule.properties for schedule in deployment.of_type("AWS::SecretsManager::RotationSchedule")]
    for secret in deployment.of_type(SECRET):
        signs = secret.properties.get("GenerateSecretString", {}).get("GenerateStringKey") == "current"
        if not signs or deployment.environment != "prod":
            continue
        own = [schedule for schedule in rotated if schedule["SecretId"] == {"Ref": secret.name}]
        if not any("RotationLambdaARN" in schedule and "RotationRules" in schedule for schedule in own):
            yield f"{secret.name}: has no rotation"


@breaks(data_is_encrypted_where_it_lies, "ValidationDeadLetters")
def readable_dead_letters(sources: Sources) -> None:
    del sources.properties("ValidationDeadLetters")["SqsManagedSseEnabled"]


@breaks(data_is_encrypted_where_it_lies, "IdentityTable")
def readable_table(sources: Sources) -> None:
    sources.properties("IdentityTable")["SSESpecification"]["SSEEnabled"] = False


@breaks(data_is_encrypted_where_it_lies, "ArtifactsBucket")
def readable_bucket(sources: Sources) -> None:
    del sources.properties("ArtifactsBucket")["BucketEncryption"]


@breaks(data_is_encrypted_where_it_lies, "Cache")
def readable_cache(sources: Sources) -> None:
    del sources.resource("Cache", "infra/cache.yaml")["Properties"]["AtRestEncryptionEnabled"]


@breaks(the_cache_is_called_by_tls, "Url")
def plaintext_to_the_cache(sources: Sources) -> None:
    url = sources.resource("Url", "infra/cache.yaml")["Properties"]
    url["SecretString"] = {"Fn::Sub": url["SecretString"]["Fn::Sub"].replace("rediss://", "redis://")}


@breaks(the_cache_takes_tls_and_a_password, "Cache")
def no_password(sources: Sources) -> None:
    del sources.resource("Cache", "infra/cache.yaml")["Properties"]["AuthToken"]


@breaks(the_cache_takes_tls_and_a_password, "Cache")
def tls_as_one_likes(sources: Sources) -> None:
    sources.resource("Cache", "infra/cache.yaml")["Properties"]["TransitEncryptionMode"] = "preferred"


@breaks(the_cache_takes_tls_and_a_password, "Cache")
def told_password(sources: Sources) -> None:
    sources.resource("Cache", "infra/cache.yaml")["Properties"]["AuthToken"] = "correct horse battery staple"


@breaks(queues_and_buckets_refuse_plain_http, "ArtifactsBucket")
def files_by_http(sources: Sources) -> None:
    for statement in sources.properties("ArtifactsBucketPolicy")["PolicyDocument"]["Statement"]:
        statement["Resource"] = {"Fn::GetAtt": "ArtifactsBucket.Arn"}


@breaks(queues_and_buckets_refuse_plain_http, "ArtifactsBucket")
def bucket_takes_http(sources: Sources) -> None:
    del sources.documents["template.yaml"]["Resources"]["ArtifactsBucketPolicy"]


@breaks(queues_and_buckets_refuse_plain_http, "ValidationQueue")
def queue_takes_http(sources: Sources) -> None:
    for policy in sources.of_type("AWS::SQS::QueuePolicy"):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            statement["Effect"] = "Allow"


@breaks(buckets_are_closed_to_the_public, "ArtifactsBucket")
def public_policy(sources: Sources) -> None:
    sources.properties("ArtifactsBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


@breaks(buckets_keep_versions, "ArtifactsBucket")
def no_versions(sources: Sources) -> None:
    sources.properties("ArtifactsBucket")["VersioningConfiguration"]["Status"] = "Suspended"


@breaks(unfinished_uploads_end_within_a_week, "ArtifactsBucket")
def eight_days(sources: Sources) -> None:
    for each in sources.properties("ArtifactsBucket")["LifecycleConfiguration"]["Rules"]:
        each.get("AbortIncompleteMultipartUpload", {})["DaysAfterInitiation"] = 8


@breaks(unfinished_uploads_end_within_a_week, "ArtifactsBucket")
def some_uploads_only(sources: Sources) -> None:
    for each in sources.properties("ArtifactsBucket")["LifecycleConfiguration"]["Rules"]:
        each["Prefix"] = "models/a"


@breaks(browsers_may_read_the_etag_of_a_part, "ArtifactsBucket")
def hidden_etag(sources: Sources) -> None:
    sources.properties("ArtifactsBucket")["CorsConfiguration"]["CorsRules"][0]["ExposedHeaders"] = ["x-amz-id-2"]


@breaks(tables_are_paid_by_request, "RegistryTable")
def provisioned_capacity(sources: Sources) -> None:
    sources.properties("RegistryTable")["BillingMode"] = "PROVISIONED"


@breaks(tables_can_go_back_in_time, "IdentityTable")
def no_recovery(sources: Sources) -> None:
    del sources.properties("IdentityTable")["PointInTimeRecoverySpecification"]


@breaks(tables_forget_what_expires, "IdentityTable")
def no_time_to_live(sources: Sources) -> None:
    sources.properties("IdentityTable")["TimeToLiveSpecification"]["Enabled"] = False


@breaks(tables_are_protected_in_production, "RegistryTable")
def unprotected(sources: Sources) -> None:
    del sources.properties("RegistryTable")["DeletionProtectionEnabled"]


@breaks(data_outlives_its_stack, "ArtifactsBucket")
def deleted_with_the_stack(sources: Sources) -> None:
    sources.resource("ArtifactsBucket")["DeletionPolicy"] = "Delete"


@breaks(files_of_users_stay, "ArtifactsBucket")
def a_year_is_enough(sources: Sources) -> None:
    rules = sources.properties("ArtifactsBucket")["LifecycleConfiguration"]["Rules"]
    rules.append({"Id": "old", "Status": "Enabled", "ExpirationInDays": 365})


@breaks(secrets_are_random_and_nobody_has_read_them, "ServiceSecret")
def written_secret(sources: Sources) -> None:
    secret = sources.properties("ServiceSecret")
    secret["SecretString"] = secret.pop("GenerateSecretString") and "a" * 64


@breaks(signing_keys_rotate, "ServiceSecret")
def never_rotated(sources: Sources) -> None:
    for document in sources.documents.values():
        for name, body in list(document["Resources"].items()):
            if body["Type"] == "AWS::SecretsManager::RotationSchedule" and "ServiceSecret" in str(body):
                del document["Resources"][name]
