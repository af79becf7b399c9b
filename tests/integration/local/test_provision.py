"""Resources of template.yaml in moto's server after provisioning."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx2
import pytest

from local.errors import TemplateError
from local.paths import ROOT
from local.template.document import Template
from local.template.provision import Provisioner
from tests.support.aws import moto_endpoint

QUEUES = """
Resources:
  Work:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 7
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 1209600}
"""


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(moto: str) -> str:
    httpx2.post(f"{moto}/moto-api/reset", trust_env=False).raise_for_status()
    return moto


@pytest.fixture
def clients(endpoint: str) -> dict[str, Any]:
    session = boto3.Session("test", "test", region_name="us-east-1")
    names = ("dynamodb", "sqs", "s3", "secretsmanager", "events")
    return {name: session.client(name, endpoint_url=endpoint) for name in names}  # type: ignore[call-overload]


def provision(template: Template, clients: dict[str, Any]) -> Provisioner:
    provisioner = Provisioner(template, *clients.values())
    provisioner.run()
    return provisioner


def test_tables_and_buckets_have_the_properties_of_the_template(clients: dict[str, Any]) -> None:
    template = Template(ROOT / "template.yaml", {"Stage": "local", "AwsEndpoint": "http://127.0.0.1"})
    provisioner = provision(template, clients)

    name = template.attribute("RegistryTable", "Ref")
    table = clients["dynamodb"].describe_table(TableName=name)["Table"]
    ttl = clients["dynamodb"].describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = clients["dynamodb"].describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    declared = template.properties("RegistryTable")
    assert name == "maas-local-RegistryTable"
    indexes = {index["IndexName"] for index in declared["GlobalSecondaryIndexes"]}
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == indexes
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert table["SSEDescription"]["Status"] == "ENABLED"

    bucket, s3 = template.attribute("ArtifactsBucket", "Ref"), clients["s3"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["ExposeHeaders"] == [
        *("ETag", "x-amz-checksum-sha256", "x-amz-checksum-sha1", "x-amz-checksum-crc32", "x-amz-checksum-crc32c"),
        *("x-amz-checksum-crc64nvme", "x-amz-request-id", "Accept-Ranges", "Content-Range", "Content-Disposition"),
    ]
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"]
    rule = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert provisioner.remarks == []


def test_a_generated_secret_has_the_declared_shape(clients: dict[str, Any]) -> None:
    template = Template(ROOT / "template.yaml", {"Stage": "local", "AwsEndpoint": "http://127.0.0.1"})
    provision(template, clients)

    arn = template.attribute("TokenSecret", "Ref")
    secret = clients["secretsmanager"].get_secret_value(SecretId=arn)["SecretString"]
    assert len(json.loads(secret)["current"]) == 64
    assert json.loads(secret)["current"].isalnum()


def test_a_dead_letter_queue_is_created_before_its_queue(clients: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(QUEUES)
    template = Template(file, {})
    provision(template, clients)

    url = template.attribute("Work", "Ref")
    attributes = clients["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "7"
    assert template.attribute("Dead", "Arn") in attributes["RedrivePolicy"]


def test_an_unknown_property_is_rejected(clients: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(QUEUES.replace("VisibilityTimeout", "VisibilityTimeOut"))

    with pytest.raises(TemplateError, match=r"Work\.VisibilityTimeOut: the local stack does not support"):
        provision(Template(file, {}), clients)


def test_a_value_that_the_store_rejects_is_reported_with_its_resource(clients: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(QUEUES.replace("VisibilityTimeout: 7", "MaximumMessageSize: 7"))

    with pytest.raises(TemplateError, match=r"template\.yaml, Work: .*MaximumMessageSize"):
        provision(Template(file, {}), clients)


def test_moto_keeps_no_copies_of_transactions(endpoint: str, clients: dict[str, Any]) -> None:
    provision(Template(ROOT / "template.yaml", {"AwsEndpoint": "http://127.0.0.1"}), clients)
    [table, *_] = clients["dynamodb"].list_tables()["TableNames"]
    for number in range(5):
        item = {"pk": {"S": str(number)}, "sk": {"S": "x"}}
        clients["dynamodb"].transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item}}])

    objects = httpx2.get(f"{endpoint}/moto-api/data.json", trust_env=False).json()["dynamodb"]

    assert not any(objects.values())


RULES = """
Resources:
  Bus:
    Type: AWS::Events::EventBus
    Properties: {Name: bus}
  Work: {Type: AWS::SQS::Queue}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [maas.registry, maas.identity]}
      Targets: [{Id: ID, Arn: !GetAtt Work.Arn}]
"""


def test_a_rule_leads_matching_events_to_its_queue(clients: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    for target in ("old", "new"):  # the second start replaces the target
        path.write_text(RULES.replace("ID", target))
        template = Template(path, {})
        provision(template, clients)
    for source in ("maas.identity", "other"):
        entry = {"EventBusName": "bus", "Source": source, "DetailType": "T", "Detail": '{"a": 1}'}
        clients["events"].put_events(Entries=[entry])
    url = template.attribute("Work", "Ref")
    messages = clients["sqs"].receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [(json.loads(each["Body"])["source"], json.loads(each["Body"])["detail"]) for each in messages] == [
        ("maas.identity", {"a": 1})
    ]


def test_a_target_that_the_stack_can_not_serve_is_refused(clients: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(RULES.replace("Id: ID", "Id: x, InputPath: $.detail"))
    with pytest.raises(TemplateError, match=r"Rule\.Targets\.InputPath"):
        provision(Template(path, {}), clients)
