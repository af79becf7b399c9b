"""`sam deploy` makes both environments whole in an account of ministack, and what is there is what was asked for.

ministack starts no container and enforces no rights. What it does not make is in stand_ins.WRITTEN_DOWN; what it makes
with less than was asked for is in the last test here. For those the rules on the templates have to do.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.template.deployment import ENVIRONMENTS, FUNCTION, ROOT_TEMPLATE, Deployment, deployment, load
from tests.template.stand_ins import Account, deploy, ministack, prerequisites
from tests.template.translation import Translator

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Made:
    """One environment: what the templates say, and what the account has."""

    account: Account
    stack: str
    planned: Deployment
    physical: Mapping[str, str]

    def named(self, name: str) -> str:
        """The physical id of a resource of the root."""
        return self.physical[name]

    def output(self, name: str) -> str:
        found = self.account.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]["Outputs"]
        values: dict[str, str] = {output["OutputKey"]: output["OutputValue"] for output in found}
        return values[name]


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def made(
    request: pytest.FixtureRequest,
    credentials: None,
    translate: Translator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Made]:
    folder, environment = tmp_path_factory.mktemp("ministack"), request.param
    with ministack(folder) as account:
        sources = load()
        sources.overrides[environment] |= prerequisites(account)
        planned = deployment(sources, environment, translate)
        deploy(account, f"maas-{environment}", sources.overrides[environment], folder)
        root = account.client("cloudformation").describe_stack_resources(StackName=f"maas-{environment}")
        physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in root["StackResources"]}
        yield Made(account, f"maas-{environment}", planned, physical)


def test_every_resource_of_every_stack_is_there(made: Made) -> None:
    found = list(made.account.resources(made.stack))
    assert {each["ResourceStatus"] for each in found} == {"CREATE_COMPLETE"}
    there = sorted((_unhashed(each["LogicalResourceId"]), each["ResourceType"]) for each in found)
    assert there == sorted((_unhashed(resource.name), resource.type) for resource in made.planned.resources)


def _unhashed(name: str) -> str:
    """SAM names versions of functions and layers after their content, which was packaged here and not in the plan."""
    return re.sub(r"[0-9a-f]{10}$", "", name)


def test_no_output_is_left_unresolved(made: Made) -> None:
    outputs = made.account.client("cloudformation").describe_stacks(StackName=made.stack)["Stacks"][0]["Outputs"]
    assert {output["OutputKey"] for output in outputs} >= {"ApiUrl", "RegistryLoadBalancer", "DomainUrl", "VpcId"}
    assert [output for output in outputs if "${" in output["OutputValue"] or not output["OutputValue"]] == []


@pytest.mark.parametrize("name", ["RegistryTable", "IdentityTable"])
def test_tables_are_as_declared(made: Made, name: str) -> None:
    table = made.account.client("dynamodb").describe_table(TableName=made.named(name))["Table"]
    declared = made.planned.named(name).properties
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["KeySchema"] == declared["KeySchema"]
    assert table["DeletionProtectionEnabled"] == (made.planned.environment == "prod")
    indexes = {index["IndexName"] for index in declared.get("GlobalSecondaryIndexes", [])}
    assert {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])} == indexes


def test_failed_messages_go_to_the_dead_letters(made: Made) -> None:
    sqs = made.account.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=made.named("ValidationQueue"), AttributeNames=["All"])["Attributes"]
    dead = sqs.get_queue_attributes(QueueUrl=made.named("ValidationDeadLetters"), AttributeNames=["All"])["Attributes"]
    redrive = json.loads(attributes["RedrivePolicy"])
    assert (redrive["deadLetterTargetArn"], int(redrive["maxReceiveCount"])) == (dead["QueueArn"], 5)
    assert attributes["VisibilityTimeout"] == "1800"
    assert all("aws:SecureTransport" in queue["Policy"] for queue in (attributes, dead))


def test_the_bucket_is_as_declared(made: Made) -> None:
    s3, bucket = made.account.client("s3"), made.named("ArtifactsBucket")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["ExposeHeaders"] == ["ETag"]
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]


def _names(made: Made) -> Iterator[str]:
    return (function.name for function in made.planned.of_type(FUNCTION))


def test_functions_get_what_they_need_to_run(made: Made) -> None:
    functions = made.account.client("lambda")
    for name in _names(made):
        declared = made.planned.named(name).properties
        found = functions.get_function_configuration(FunctionName=made.named(name))
        assert found["Timeout"] == declared["Timeout"], name
        variables = found["Environment"]["Variables"]
        assert variables.keys() == declared["Environment"]["Variables"].keys(), name
        assert [value for value in variables.values() if "${" in str(value) or not isinstance(value, str)] == [], name
        assert len(found["Layers"]) == len(declared["Layers"]) == 2, name
        assert found["LoggingConfig"]["LogGroup"].startswith(f"/maas/{made.planned.environment}/"), name


def test_functions_know_each_resource_by_its_real_name(made: Made) -> None:
    variables: dict[str, str] = {}
    for name in _names(made):
        found = made.account.client("lambda").get_function_configuration(FunctionName=made.named(name))
        variables |= found["Environment"]["Variables"]
    assert variables["MAAS_ARTIFACTS_BUCKET"] == made.named("ArtifactsBucket")
    assert variables["MAAS_IDENTITY_TABLE"] == made.named("IdentityTable")
    assert variables["MAAS_VALIDATION_QUEUE_URL"] == made.named("ValidationQueue")
    assert variables["MAAS_TOKEN_SECRET"] == made.named("TokenSecret")
    assert variables["MAAS_SERVICE_SECRET"] == made.named("ServiceSecret")


def test_the_validator_reads_the_queue_by_its_alias(made: Made) -> None:
    mapping = _mapping(made, "ValidatorFunction")
    assert mapping["EventSourceArn"].rpartition(":")[2] == made.named("ValidationQueue").rpartition("/")[2]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_relay_reads_the_table_s_stream_by_its_alias(made: Made) -> None:
    mapping = _mapping(made, "RelayFunction")
    table = made.account.client("dynamodb").describe_table(TableName=made.named("RegistryTable"))["Table"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert mapping["EventSourceArn"] == table["LatestStreamArn"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def _mapping(made: Made, function: str) -> Any:
    """The one that feeds the function's alias."""
    alias = f":function:{made.named(function)}:live"
    mappings = made.account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    (found,) = [mapping for mapping in mappings if mapping["FunctionArn"].endswith(alias)]
    return found


def test_the_authorizer_is_asked_by_its_alias(made: Made) -> None:
    gateway = made.account.client("apigatewayv2")
    assert gateway.get_api(ApiId=made.named("Api"))["ProtocolType"] == "HTTP"
    stage = gateway.get_stage(ApiId=made.named("Api"), StageName="$default")
    assert stage["AccessLogSettings"]["DestinationArn"] == made.output("ApiLogGroupArn")
    role = json.dumps(_policies(made, "AuthorizerInvokeRole"))
    assert f":function:{made.named('AuthorizerFunction')}:live" in role


def _policies(made: Made, role: str) -> list[dict[str, Any]]:
    """The policies inside a role."""
    iam, name = made.account.client("iam"), made.named(role)
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return [iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in names]


def test_roles_name_what_was_made(made: Made) -> None:
    for role in made.planned.of_type("AWS::IAM::Role"):
        if role.template == ROOT_TEMPLATE:
            assert "${" not in json.dumps(_policies(made, role.name)), role.name
    assert made.named("ArtifactsBucket") in json.dumps(_policies(made, "UploadsFunctionRole"))
    assert made.named("IdentityTable") in json.dumps(_policies(made, "AuthFunctionRole"))


def test_the_registry_runs_behind_a_private_load_balancer_for_grpc(made: Made) -> None:
    balancing = made.account.client("elbv2")
    (balancer,) = balancing.describe_load_balancers()["LoadBalancers"]
    (group,) = balancing.describe_target_groups()["TargetGroups"]
    (listener,) = balancing.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert (balancer["Scheme"], listener["Protocol"], listener["Port"]) == ("internal", "HTTPS", 443)
    assert group["HealthCheckPath"] == "/grpc.health.v1.Health/Check"
    assert made.output("RegistryLoadBalancer") == balancer["DNSName"]
    ecs = made.account.client("ecs")
    names = {"cluster": made.output("RegistryCluster"), "services": [made.output("RegistryService")]}
    (service,) = ecs.describe_services(**names)["services"]
    assert service["taskDefinition"] == made.named("RegistryTask")
    assert service["deploymentConfiguration"]["minimumHealthyPercent"] == 100
    assert service["loadBalancers"][0]["targetGroupArn"] == group["TargetGroupArn"]


def test_the_network_has_no_way_out(made: Made) -> None:
    ec2, vpc = made.account.client("ec2"), made.output("VpcId")
    ours = {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]}
    assert len(ec2.describe_subnets(**ours)["Subnets"]) == 2
    gateways = ec2.describe_internet_gateways()["InternetGateways"]
    assert [each for each in gateways if vpc in {one["VpcId"] for one in each["Attachments"]}] == []
    assert len(ec2.describe_vpc_endpoints(**ours)["VpcEndpoints"]) == 7


def test_what_is_made_with_less_than_was_asked_for(made: Made) -> None:
    """Not one of these is shown by this stand-in; once it is, its check belongs above."""
    balancing, s3 = made.account.client("elbv2"), made.account.client("s3")
    dynamodb, table = made.account.client("dynamodb"), {"TableName": made.named("RegistryTable")}
    backups = dynamodb.describe_continuous_backups(**table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    expiry = dynamodb.describe_time_to_live(**table)["TimeToLiveDescription"]
    assert expiry["TimeToLiveStatus"] == "DISABLED"
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=made.named("ArtifactsBucket"))
    gateway, api = made.account.client("apigatewayv2"), {"ApiId": made.named("Api")}
    assert gateway.get_routes(**api)["Items"] == []
    assert "ThrottlingRateLimit" not in gateway.get_stage(**api, StageName="$default")["DefaultRouteSettings"]
    assert "ProtocolVersion" not in balancing.describe_target_groups()["TargetGroups"][0]
