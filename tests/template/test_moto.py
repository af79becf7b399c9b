"""A second opinion: what `sam package` uploads and SAM translates can be made by moto's CloudFormation as well.

moto knows no alias, no HTTP API and no output of a nested stack. It makes nothing of an unknown type and says nothing;
what that leaves out of our template is spelled out in the last test here.
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
from tests.template.deployment import ROOT_TEMPLATE, STACK, Document, load
from tests.template.stand_ins import Account
from tests.template.translation import Translator

pytestmark = pytest.mark.timeout(600)

_BUCKET, _NAME = "packages", "maas"
_ALIAS = "AWS::Lambda::Alias"
_NOT_MADE = {
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
class Made:
    """The account, the packaged template, its translation, and the physical ids of what was made of it."""

    account: Account
    packaged: Document
    translated: Document
    physical: dict[str, str]


@pytest.fixture(scope="module")
def made(credentials: None, translate: Translator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("moto")
    with moto_endpoint() as endpoint:
        account = Account(endpoint)
        account.client("s3").create_bucket(Bucket=_BUCKET)
        packaged = _package(account, folder)
        parameters = load().overrides["prod"]
        translated = _for_moto(translate(packaged, parameters))
        yield Made(account, packaged, translated, _create(account, translated, parameters))


def _package(account: Account, folder: Path) -> Document:
    template, packaged = str(ROOT / ROOT_TEMPLATE), folder / "packaged.yaml"
    account.sam(
        *("package", "--template-file", template, "--s3-bucket", _BUCKET),
        *("--output-template-file", str(packaged), "--no-progressbar"),
        folder=folder,
    )
    return intrinsics.load(packaged)


def _for_moto(template: Document) -> Document:
    """Without nested stacks (their outputs are names that nothing has); whoever calls an alias calls its function."""
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


def test_code_layers_and_nested_templates_are_uploaded(made: Made) -> None:
    s3 = made.account.client("s3")
    for name, body in made.packaged["Resources"].items():
        properties = body.get("Properties", {})
        place = properties.get("CodeUri") or properties.get("ContentUri") or properties.get("Location")
        if place is not None:
            assert s3.head_object(Bucket=_BUCKET, Key=place.rpartition("/")[2])["ContentLength"] > 0, name


def test_uploaded_templates_have_no_alias_of_yaml(made: Made) -> None:
    """CloudFormation takes none; `sam package` writes them out."""
    stacks = [body for body in made.packaged["Resources"].values() if body["Type"] == "AWS::Serverless::Application"]
    assert stacks
    for stack in stacks:
        key = stack["Properties"]["Location"].rpartition("/")[2]
        text = made.account.client("s3").get_object(Bucket=_BUCKET, Key=key)["Body"].read().decode()
        assert not any(word.startswith(("&id", "*id")) for word in text.split())


def test_the_stack_is_complete(made: Made) -> None:
    (stack,) = made.account.client("cloudformation").describe_stacks(StackName=_NAME)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_tables_have_their_keys_and_indexes(made: Made) -> None:
    for name in ("RegistryTable", "IdentityTable"):
        table = made.account.client("dynamodb").describe_table(TableName=made.physical[name])["Table"]
        declared = made.translated["Resources"][name]["Properties"]
        assert table["KeySchema"] == declared["KeySchema"]
        indexes = {index["IndexName"] for index in declared.get("GlobalSecondaryIndexes", [])}
        assert {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])} == indexes


def test_the_queue_leads_to_its_dead_letters_and_to_the_validator(made: Made) -> None:
    sqs = made.account.client("sqs")
    queue = made.physical["ValidationQueue"].rpartition("/")[2]
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    dead_letters = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
    assert dead_letters.rpartition(":")[2] == made.physical["ValidationDeadLetters"].rpartition("/")[2]
    mappings = made.account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    fed = {mapping["EventSourceArn"]: mapping["FunctionArn"].rpartition(":")[2] for mapping in mappings}
    assert fed[attributes["QueueArn"]] == made.physical["ValidatorFunction"]


def test_functions_know_the_tables_by_their_names(made: Made) -> None:
    functions = made.account.client("lambda")
    auth = functions.get_function_configuration(FunctionName=made.physical["AuthFunction"])
    assert auth["Environment"]["Variables"]["MAAS_IDENTITY_TABLE"] == made.physical["IdentityTable"]


def test_what_moto_leaves_out_in_silence(made: Made) -> None:
    """Not one of these is shown here; ministack makes all but rotations and deployments (test_deployment.py)."""
    resources = made.translated["Resources"]
    assert {resources[name]["Type"] for name in resources.keys() - made.physical.keys()} == _NOT_MADE
