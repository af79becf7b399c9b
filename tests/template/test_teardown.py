"""Deleting the stack deletes all resources but those with data.

No test updates the stack, because ministack then loses the load balancer's name. No test runs `sam delete`, because it
accepts only templates in AWS's own S3.
"""

from pathlib import Path

import pytest

from tests.template.deployment import load
from tests.template.stand_ins import deploy, ministack, prerequisites

pytestmark = pytest.mark.timeout(600)

_STACK = "maas-dev"


def test_a_deleted_stack_leaves_only_tables_and_buckets(credentials: None, tmp_path: Path) -> None:
    with ministack(tmp_path) as account:
        deploy(account, _STACK, {**load().overrides["dev"], **prerequisites(account)}, tmp_path)
        cloudformation = account.client("cloudformation")
        resources = cloudformation.describe_stack_resources(StackName=_STACK)["StackResources"]
        physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}

        cloudformation.delete_stack(StackName=_STACK)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=_STACK, WaiterConfig={"Delay": 1})
        tables = account.client("dynamodb").list_tables()["TableNames"]
        assert {*tables} == {
            physical[f"{name}Table"]
            for name in ("Audit", "Deliveries", "Idempotency", "Identity", "Jobs", "Monitoring", "Registry")
        }
        buckets = {bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]}
        assert {physical["ArtifactsBucket"], physical["AuditBucket"]} <= buckets
        assert account.client("lambda").list_functions()["Functions"] == []
        assert account.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
