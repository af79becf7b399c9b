"""Tables: billed per request, recoverable, and protected from deletion."""

from collections.abc import Iterator

from local.template.document import TABLE
from tests.template.checks import breaks, rule
from tests.template.deployment import Deployment, Sources


@rule
def tables_are_billed_per_request(deployment: Deployment) -> Iterator[str]:
    for table in deployment.of_type(TABLE):
        if table.properties.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{table.name}: is not billed per request"


@rule
def tables_have_point_in_time_recovery(deployment: Deployment) -> Iterator[str]:
    for table in deployment.of_type(TABLE):
        if not table.properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{table.name}: has no point-in-time recovery"


@rule
def tables_delete_expired_items(deployment: Deployment) -> Iterator[str]:
    for table in deployment.of_type(TABLE):
        if table.properties.get("TimeToLiveSpecification") != {"AttributeName": "expires", "Enabled": True}:
            yield f"{table.name}: has no TTL on the attribute expires"


@rule
def tables_have_deletion_protection_in_production(deployment: Deployment) -> Iterator[str]:
    for table in deployment.of_type(TABLE):
        if deployment.environment == "prod" and table.properties.get("DeletionProtectionEnabled") is not True:
            yield f"{table.name}: can be deleted"


@breaks(tables_are_billed_per_request, "RegistryTable")
def provisioned_capacity(sources: Sources) -> None:
    sources.properties("RegistryTable")["BillingMode"] = "PROVISIONED"


@breaks(tables_have_point_in_time_recovery, "IdentityTable")
def no_point_in_time_recovery(sources: Sources) -> None:
    del sources.properties("IdentityTable")["PointInTimeRecoverySpecification"]


@breaks(tables_delete_expired_items, "IdentityTable")
def disabled_ttl(sources: Sources) -> None:
    sources.properties("IdentityTable")["TimeToLiveSpecification"]["Enabled"] = False


@breaks(tables_have_deletion_protection_in_production, "RegistryTable")
def table_without_deletion_protection(sources: Sources) -> None:
    del sources.properties("RegistryTable")["DeletionProtectionEnabled"]
