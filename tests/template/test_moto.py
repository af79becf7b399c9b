"""A second check: moto's CloudFormation can create the stack that `sam package` uploads and SAM translates.

moto does not support aliases, HTTP APIs and outputs of nested stacks. It skips unknown types silently; the last test
of this module lists the types of our template that it skips.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.paths import ROOT
from local.template import intrinsics
from tests.support.aws import moto_endpoint
from tests.template.deployment import PREDICTOR, ROOT_TEMPLATE, STACK, Document, load
from tests.template.stand_ins import Account
from tests.template.translation import Translator

pytestmark = pytest.mark.timeout(600)

_BUCKET, _NAME = "packages", "maas"
_ALIAS = "AWS::Lambda::Alias"
_SKIPPED_BY_MOTO = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::Lambda::Alias",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::SecretsManager::Secret",
}


@dataclass(frozen=True)
class Deployed:
    """The account, the packaged template, its translation, and the physical ids of the created resources."""

    account: Account
    packaged: Document
    translated: Document
    physical: dict[str, str]


@pytest.fixture(scope="module")
def deployed(credentials: None, translate: Translator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("moto")
    with moto_endpoint() as endpoint:
        account = Account(endpoint)
        account.client("s3").create_bucket(Bucket=_BUCKET)
        packaged = _package(account, folder)
        parameters = PREDICTOR | load().overrides["prod"]
        translated = _for_moto(translate(packaged, parameters))
        yield Deployed(account, packaged, translated, _create(account, translated, parameters))


def _package(account: Account, folder: Path) -> Document:
    template, packaged = str(ROOT / ROOT_TEMPLATE), folder / "packaged.yaml"
    account.sam(
        *("package", "--template-file", template, "--s3-bucket", _BUCKET),
        *("--output-template-file", str(packaged), "--no-progressbar"),
        folder=folder,
    )
    return intrinsics.load(packaged)


def _for_moto(template: Document) -> Document:
    """The template without nested stacks (their outputs become plain names), and with functions in place of aliases."""
    resources = template["Resources"]
    nested = {name for name, body in resources.items() if body["Type"] == STACK}
    functions = {name: body["Properties"]["FunctionName"] for name, body in resources.items() if body["Type"] == _ALIAS}

    def replaced(node: Any) -> Any:
        if isinstance(node, list):
            return [replaced(item) for item in node]
        if not isinstance(node, dict):
            return node
        if node.get("Ref") in functions:
            return functions[node["Ref"]]
        if "Fn::GetAtt" in node and node["Fn::GetAtt"][0] in nested:
            return "-".join(node["Fn::GetAtt"])
        return {key: replaced(value) for key, value in node.items()}

    kept = {name: replaced(body) for name, body in resources.items() if name not in nested}
    return {**template, "Resources": kept, "Outputs": replaced(template["Outputs"])}


def _create(account: Account, template: Document, parameters: dict[str, str]) -> dict[str, str]:
    account.client("s3").put_object(Bucket=_BUCKET, Key="translated.json", Body=json.dumps(template))
    cloudformation = account.client("cloudformation")
    cloudformation.create_stack(
        StackName=_NAME,
        TemplateURL=f"https://s3.amazonaws.com/{_BUCKET}/translated.json",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    )
    found = cloudformation.describe_stack_resources(StackName=_NAME)["StackResources"]
    return {
        each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in found if "LogicalResourceId" in each
    }


def test_code_layers_and_nested_templates_are_uploaded(deployed: Deployed) -> None:
    s3 = deployed.account.client("s3")
    for name, body in deployed.packaged["Resources"].items():
        properties = body.get("Properties", {})
        place = properties.get("CodeUri") or properties.get("ContentUri") or properties.get("Location")
        if place is not None:
            assert s3.head_object(Bucket=_BUCKET, Key=place.rpartition("/")[2])["ContentLength"] > 0, name


def test_uploaded_templates_have_no_yaml_alias(deployed: Deployed) -> None:
    """CloudFormation does not accept aliases of YAML, so `sam package` must expand them."""
    resources = deployed.packaged["Resources"].values()
    stacks = [body for body in resources if body["Type"] == "AWS::Serverless::Application"]
    assert stacks
    for stack in stacks:
        key = stack["Properties"]["Location"].rpartition("/")[2]
        text = deployed.account.client("s3").get_object(Bucket=_BUCKET, Key=key)["Body"].read().decode()
        assert not any(word.startswith(("&id", "*id")) for word in text.split())


def test_the_stack_is_complete(deployed: Deployed) -> None:
    (stack,) = deployed.account.client("cloudformation").describe_stacks(StackName=_NAME)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_tables_have_their_keys_and_indexes(deployed: Deployed) -> None:
    for name in ("RegistryTable", "IdentityTable", "IdempotencyTable"):
        table = deployed.account.client("dynamodb").describe_table(TableName=deployed.physical[name])["Table"]
        declared = deployed.translated["Resources"][name]["Properties"]
        assert table["KeySchema"] == declared["KeySchema"]
        indexes = {index["IndexName"] for index in declared.get("GlobalSecondaryIndexes", [])}
        assert {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])} == indexes


def test_the_queue_has_its_dead_letter_queue_and_the_validator(deployed: Deployed) -> None:
    sqs = deployed.account.client("sqs")
    queue = deployed.physical["ValidationQueue"].rpartition("/")[2]
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    dead_letters = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
    assert dead_letters.rpartition(":")[2] == deployed.physical["ValidationDeadLetters"].rpartition("/")[2]
    mappings = deployed.account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    fed = {mapping["EventSourceArn"]: mapping["FunctionArn"].rpartition(":")[2] for mapping in mappings}
    assert fed[attributes["QueueArn"]] == deployed.physical["ValidatorFunction"]


def test_functions_get_the_physical_table_names(deployed: Deployed) -> None:
    functions = deployed.account.client("lambda")
    auth = functions.get_function_configuration(FunctionName=deployed.physical["AuthFunction"])
    assert auth["Environment"]["Variables"]["MAAS_IDENTITY_TABLE"] == deployed.physical["IdentityTable"]


def test_moto_skips_only_these_types(deployed: Deployed) -> None:
    """moto can't verify these types. ministack creates all but rotations and deployments (test_deployment.py)."""
    resources = deployed.translated["Resources"]
    assert {resources[name]["Type"] for name in resources.keys() - deployed.physical.keys()} == _SKIPPED_BY_MOTO
