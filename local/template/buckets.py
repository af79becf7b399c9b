"""Creates S3 buckets with the properties that the template declares for them, and updates those that exist."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.template.checks import as_text, reject_unknown

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Properties = Mapping[str, Any]

# Settings that MinIO does not support by design: its error code, and the behaviour it has instead.
_NOT_IN_MINIO = {
    "PublicAccessBlockConfiguration": ("MalformedXML", "MinIO keeps buckets private without it"),
    "BucketEncryption": ("NotImplemented", "MinIO needs a key server for it"),
    "CorsConfiguration": ("NotImplemented", "MinIO allows every origin"),
}


class BucketKeeper:
    """Creates and updates buckets; adds a line to `remarks` for each setting that the store does not support."""

    def __init__(self, s3: "S3Client", remarks: list[str]) -> None:
        self._s3 = s3
        self._remarks = remarks

    def ensure(self, name: str, bucket: str, properties: Properties) -> None:
        """Makes or updates `bucket` for the resource `name`. Raises TemplateError for an unknown property."""
        settings = self._settings(bucket)
        reject_unknown(properties, ("BucketName", "ObjectLockEnabled", *settings), name)
        if bucket not in [found["Name"] for found in self._s3.list_buckets()["Buckets"]]:
            locks = as_text(properties.get("ObjectLockEnabled", False)) == "true"
            self._s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=locks)
        for key, apply in settings.items():
            if key in properties:
                self._apply(name, key, apply, properties[key])

    def _settings(self, bucket: str) -> dict[str, Callable[[Any], object]]:
        s3 = self._s3
        return {
            "VersioningConfiguration": lambda value: s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration=value
            ),
            "ObjectLockConfiguration": lambda value: self._lock(bucket, _object_lock(value)),
            "PublicAccessBlockConfiguration": lambda value: s3.put_public_access_block(
                Bucket=bucket, PublicAccessBlockConfiguration=value
            ),
            "BucketEncryption": lambda value: s3.put_bucket_encryption(
                Bucket=bucket, ServerSideEncryptionConfiguration=_encryption(value)
            ),
            "CorsConfiguration": lambda value: s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=_cors(value)),
            "LifecycleConfiguration": lambda value: self._expire(bucket, _lifecycle(value)),
        }

    def _expire(self, bucket: str, wanted: Any) -> None:
        """Sets the rules of the lifecycle. MinIO takes none about unfinished uploads, and removes them after a day."""
        try:
            self._s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=wanted)
        except ClientError as error:
            rules = [rule for rule in wanted["Rules"] if _UNFINISHED not in rule]
            if error.response["Error"]["Code"] != "InvalidArgument" or len(rules) == len(wanted["Rules"]):
                raise
            if rules:
                self._s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
            self._remarks.append(f"{bucket}: {_UNFINISHED} is not applied: MinIO removes them after a day")

    def _lock(self, bucket: str, wanted: Any) -> None:
        """Sets the default retention. moto changes it for an empty bucket alone, so it stays if it is right already."""
        try:
            found = self._s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ObjectLockConfigurationNotFoundError":
                raise
            found = {}
        kept = found.get("Rule", {}).get("DefaultRetention", {})
        if any(kept.get(key) != value for key, value in wanted["Rule"]["DefaultRetention"].items()):
            self._s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=wanted)

    def _apply(self, name: str, setting: str, apply: Callable[[Any], object], value: Any) -> None:
        code, instead = _NOT_IN_MINIO.get(setting, ("", ""))
        try:
            apply(value)
        except ClientError as error:
            if error.response["Error"]["Code"] != code:
                raise
            self._remarks.append(f"{name}.{setting} is not applied: {instead}")


def _renamed(value: Properties, names: Mapping[str, str], where: str) -> dict[str, Any]:
    """Renames a rule's fields from CloudFormation's names to the S3 API's. Raises TemplateError for unknown fields."""
    reject_unknown(value, names, where)
    return {names[key]: item for key, item in value.items()}


def _encryption(value: Properties) -> Any:
    rule = {
        "BucketKeyEnabled": "BucketKeyEnabled",
        "ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault",
    }
    rules = value["ServerSideEncryptionConfiguration"]
    return {"Rules": [_renamed(item, rule, "BucketEncryption") for item in rules]}


def _object_lock(value: Properties) -> Any:
    """The names are the same; parameters of CloudFormation are texts, and the number of days is not."""
    retention = value["Rule"]["DefaultRetention"]
    return {**value, "Rule": {"DefaultRetention": {**retention, "Days": int(retention["Days"])}}}


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


_UNFINISHED = "AbortIncompleteMultipartUpload"
# Fields of a rule that the S3 API has in its `Expiration`.
_EXPIRATION = frozenset({"Days", "ExpiredObjectDeleteMarker"})


def _lifecycle(value: Properties) -> Any:
    rule = {
        "AbortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload",
        "ExpirationInDays": "Days",
        "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
        "Id": "ID",
        "NoncurrentVersionExpiration": "NoncurrentVersionExpiration",
        "Prefix": "Filter",
        "Status": "Status",
        "TagFilters": "Tags",
    }
    rules = [_renamed({"Prefix": ""} | item, rule, "LifecycleConfiguration.Rules") for item in value["Rules"]]
    return {"Rules": [_nested(item) for item in rules]}


def _nested(rule: dict[str, Any]) -> dict[str, Any]:
    """Nests the fields that are flat in CloudFormation and nested in the S3 API."""
    flat = {name: value for name, value in rule.items() if name not in _EXPIRATION and name != "Tags"}
    expiration = {name: value for name, value in rule.items() if name in _EXPIRATION}
    prefix, tags = {"Prefix": rule["Filter"]}, rule.get("Tags", ())
    found = {"And": {**prefix, "Tags": tags}} if tags else prefix
    return flat | ({"Expiration": expiration} if expiration else {}) | {"Filter": found}
