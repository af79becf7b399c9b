"""A bucket without its objects, as a document and back."""

from collections.abc import Callable
from typing import Any

from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend

Rules = list[dict[str, Any]]

_FIELDS = ("creation_date", "versioning_status", "encryption", "policy", "ownership_rule")
_LOCK = ("object_lock_enabled", "default_lock_mode", "default_lock_days", "default_lock_years")
_ACCESS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
_GIVEN = {"set_lifecycle": "rules", "set_cors": "cors"}  # method, and the attribute with the rules that it parsed


def value(backend: S3Backend, bucket: FakeBucket) -> dict[str, Any]:
    """The document of a bucket."""
    access = bucket.public_access_block
    return {field: getattr(bucket, field) for field in (*_FIELDS, *_LOCK)} | {
        "region": bucket.region_name,
        "public_access": access and [getattr(access, field) for field in _ACCESS],
        "tags": backend.tagger.get_tag_dict_for_resource(bucket.arn),
        "rules": {
            method: vars(bucket).get(_as_given(method)) if getattr(bucket, parsed) else None
            for method, parsed in _GIVEN.items()
        },
    }


def put(backend: S3Backend, name: str, saved: dict[str, Any]) -> None:
    """Puts the bucket of a document into the backend."""
    bucket = FakeBucket(name, backend.account_id, saved["region"])  # type: ignore[abstract]
    for field in _FIELDS:
        setattr(bucket, field, saved[field])
    for field in _LOCK:  # documents of earlier releases lack it
        setattr(bucket, field, saved.get(field, getattr(bucket, field)))
    if saved["public_access"]:
        bucket.public_access_block = PublicAccessBlock(*saved["public_access"])
    for method, rules in saved["rules"].items():
        if rules:
            getattr(bucket, method)(rules)
    backend.buckets[name] = bucket
    if saved["tags"]:
        backend.put_bucket_tagging(name, saved["tags"])


def apply() -> None:
    """Makes moto keep rules as they were given, because its parsed rules can't be given again."""
    for method in _GIVEN:
        setattr(FakeBucket, method, _remembering(method, getattr(FakeBucket, method)))


def _remembering(method: str, original: Callable[[FakeBucket, Rules], None]) -> Callable[[FakeBucket, Rules], None]:
    def parse(bucket: FakeBucket, rules: Rules) -> None:
        original(bucket, rules)
        setattr(bucket, _as_given(method), rules)

    return parse


def _as_given(method: str) -> str:
    return f"{method}_given"
