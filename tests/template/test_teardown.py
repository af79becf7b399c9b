"""Deleting the stack takes down everything but what has data.

No update here: ministack loses the load balancer's name in one. No `sam delete`: it takes templates of AWS's S3 only.
"""

from pathlib import Path

import pytest

from tests.template.deployment import load
from tests.template.stand_ins import deploy, ministack, prerequisites

pytestmark = pytest.mark.timeout(600)

_STACK = "maas-dev"


def test_a_teardown_leaves_the_data_and_nothing_that_runs(credentials: None, tmp_path: Path) -> None:
    with ministack(tmp_path) as account:
        deploy(account, _STACK, {**load().overrides["dev"], **prerequisites(account)}, tmp_path)
        cloudformation = account.client("cloudformation")
        resources = cloudformation.describe_stack_resources(StackName=_STACK)["StackResources"]
        physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}

        cloudformation.delete_stack(StackName=_STACK)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=_STACK, WaiterConfig={"Delay": 1})
        tables = account.client("dynamodb").list_tables()["TableNames"]
        assert {*tables} == {physical["IdentityTable"], physical["RegistryTable"]}
        buckets = {bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]}
        assert physical["ArtifactsBucket"] in buckets
        assert account.client("lambda").list_functions()["Functions"] == []
        assert account.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
