"""Buckets: private and versioned; uploaded files never expire."""

from collections.abc import Iterator
from typing import Any

from local.template.document import BUCKET
from maas.domain.capturing.captures import KEEP_DAYS
from maas.domain.capturing.captures import PREFIX as CAPTURES
from maas.domain.jobs.jobs import PREFIX as JOBS
from tests.template.checks import breaks, rule
from tests.template.deployment import Deployment, Sources


@rule
def buckets_block_public_access(deployment: Deployment) -> Iterator[str]:
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    for bucket in deployment.of_type(BUCKET):
        block = bucket.properties.get("PublicAccessBlockConfiguration", {})
        yield from (f"{bucket.name}: {name} is not set" for name in blocks if block.get(name) is not True)


@rule
def buckets_are_versioned(deployment: Deployment) -> Iterator[str]:
    for bucket in deployment.of_type(BUCKET):
        if bucket.properties.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{bucket.name}: is not versioned"


@rule
def unfinished_uploads_are_aborted_within_a_week(deployment: Deployment) -> Iterator[str]:
    for bucket in deployment.of_type(BUCKET):
        rules = bucket.properties.get("LifecycleConfiguration", {}).get("Rules", [])
        days = [
            rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
            for rule in rules
            if rule["Status"] == "Enabled"
            and "AbortIncompleteMultipartUpload" in rule
            and not _covers_some_uploads_only(rule)
        ]
        if not days or min(days) > 7:
            yield f"{bucket.name}: parts of unfinished uploads are kept longer than 7 days"


def _covers_some_uploads_only(rule: dict[str, Any]) -> bool:
    return any(rule.get(name) for name in ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"))


@rule
def browsers_can_read_the_etag_of_a_part(deployment: Deployment) -> Iterator[str]:
    cors = deployment.named("ArtifactsBucket").properties.get("CorsConfiguration", {}).get("CorsRules", [])
    if not cors or not all("ETag" in each.get("ExposedHeaders", []) for each in cors):
        yield "ArtifactsBucket: its CORS rules do not expose ETag"


@rule
def uploaded_files_never_expire(deployment: Deployment) -> Iterator[str]:
    bucket = deployment.named("ArtifactsBucket")
    for each in bucket.properties.get("LifecycleConfiguration", {}).get("Rules", []):
        if {"ExpirationInDays", "ExpirationDate"} & each.keys() and each.get("Prefix") not in (JOBS, CAPTURES):
            yield f"{bucket.name}: {each.get('Id')} deletes models in use"


@rule
def captures_expire_as_their_owner_says(deployment: Deployment) -> Iterator[str]:
    rules = deployment.named("ArtifactsBucket").properties["LifecycleConfiguration"]["Rules"]
    of_captures = [each for each in rules if each.get("Prefix") == CAPTURES and each["Status"] == "Enabled"]
    by_tag = {tag["Value"]: each["ExpirationInDays"] for each in of_captures for tag in each.get("TagFilters", ())}
    last = min((each["ExpirationInDays"] for each in of_captures if "TagFilters" not in each), default=0)
    if {**by_tag, str(last): last} != {str(days): days for days in KEEP_DAYS}:
        yield f"ArtifactsBucket: captures expire after {by_tag} and {last} days, and owners choose of {KEEP_DAYS}"


@breaks(buckets_block_public_access, "ArtifactsBucket")
def public_bucket_policy(sources: Sources) -> None:
    sources.properties("ArtifactsBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


@breaks(buckets_are_versioned, "ArtifactsBucket")
def unversioned_bucket(sources: Sources) -> None:
    sources.properties("ArtifactsBucket")["VersioningConfiguration"]["Status"] = "Suspended"


@breaks(unfinished_uploads_are_aborted_within_a_week, "ArtifactsBucket")
def uploads_aborted_after_eight_days(sources: Sources) -> None:
    for each in sources.properties("ArtifactsBucket")["LifecycleConfiguration"]["Rules"]:
        each.get("AbortIncompleteMultipartUpload", {})["DaysAfterInitiation"] = 8


@breaks(unfinished_uploads_are_aborted_within_a_week, "ArtifactsBucket")
def only_some_uploads_are_aborted(sources: Sources) -> None:
    for each in sources.properties("ArtifactsBucket")["LifecycleConfiguration"]["Rules"]:
        each["Prefix"] = "models/a"


@breaks(browsers_can_read_the_etag_of_a_part, "ArtifactsBucket")
def etag_of_parts_not_exposed(sources: Sources) -> None:
    sources.properties("ArtifactsBucket")["CorsConfiguration"]["CorsRules"][0]["ExposedHeaders"] = ["x-amz-id-2"]


@breaks(uploaded_files_never_expire, "ArtifactsBucket")
def files_expire_after_a_year(sources: Sources) -> None:
    rules = sources.properties("ArtifactsBucket")["LifecycleConfiguration"]["Rules"]
    rules.append({"Id": "old", "Status": "Enabled", "ExpirationInDays": 365})


@breaks(captures_expire_as_their_owner_says, "ArtifactsBucket")
def captures_of_a_week_that_stay_for_a_month(sources: Sources) -> None:
    for each in sources.properties("ArtifactsBucket")["LifecycleConfiguration"]["Rules"]:
        if each["Id"] == "captures-7":
            each["ExpirationInDays"] = 30
