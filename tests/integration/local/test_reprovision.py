"""Provisioning a second time: what exists keeps its contents, and follows a template that has changed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.errors import TemplateError
from local.paths import ROOT
from local.servers.table_stores import ENGINES, Engine
from local.template.document import TABLE, Template
from local.template.provision import Provisioner
from tests.support.aws import moto_endpoint
from tests.support.table_engines import Tables

SERVICES: list[Any] = ["dynamodb", "sqs", "s3", "secretsmanager", "events"]
TABLE_TEMPLATE = """
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: {name}
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {{ AttributeName: pk, AttributeType: S }}
        - {{ AttributeName: owner, AttributeType: S }}
        - {{ AttributeName: kind, AttributeType: S }}
      KeySchema: [{{ AttributeName: {key}, KeyType: HASH }}]
      GlobalSecondaryIndexes:
        - IndexName: first
          KeySchema: [{{ AttributeName: owner, KeyType: HASH }}]
          Projection: {{ ProjectionType: {projection} }}
        - IndexName: {second}
          KeySchema: [{{ AttributeName: kind, KeyType: HASH }}]
          Projection: {{ ProjectionType: KEYS_ONLY }}
      {more}
"""
FIRST = {"key": "pk", "projection": "ALL", "second": "second", "more": ""}
LIFETIME = "TimeToLiveSpecification: {{ AttributeName: {}, Enabled: true }}"
STREAM = "StreamSpecification: { StreamViewType: NEW_IMAGE }"
QUEUE_TEMPLATE = """
Resources:
  Work:
    Type: AWS::SQS::Queue
    Properties: {{ VisibilityTimeout: {timeout} }}
"""


@pytest.fixture(scope="module")
def moto(credentials: None) -> Iterator[str]:
    with moto_endpoint() as endpoint:
        yield endpoint


@pytest.fixture(params=[*ENGINES, "moto"])
def dynamodb(request: pytest.FixtureRequest, tables_of: Callable[[Engine], Tables]) -> Any:
    moto = request.param == "moto"
    endpoint = request.getfixturevalue("moto") if moto else tables_of(request.param).endpoint
    return boto3.client("dynamodb", endpoint_url=endpoint)


@pytest.fixture
def made(dynamodb: Any, tmp_path: Path) -> Callable[..., str]:
    """Provisions the table, with changes of the template, and returns the ARN of its stream."""

    def provision(**changes: str) -> str:
        file = tmp_path / "template.yaml"
        file.write_text(TABLE_TEMPLATE.format(name=f"again-{tmp_path.name}", **{**FIRST, **changes}))
        template, others = Template(file, {}), [None] * 4
        Provisioner(template, dynamodb, *others).run(TABLE)  # type: ignore[arg-type]
        return template.attribute("Table", "StreamArn")

    return provision


def test_everything_of_the_template_keeps_its_contents(moto: str) -> None:
    clients = {name: boto3.client(name, endpoint_url=moto) for name in SERVICES}

    def provision() -> Template:
        template = Template(ROOT / "template.yaml", {"AwsEndpoint": "http://127.0.0.1"})
        Provisioner(template, *clients.values()).run()
        return template

    first = provision()
    table, bucket = first.attribute("IdentityTable", "Ref"), first.attribute("ArtifactsBucket", "Ref")
    secret, queue = first.attribute("TokenSecret", "Ref"), first.attribute("ValidationQueue", "Ref")
    value = clients["secretsmanager"].get_secret_value(SecretId=secret)["SecretString"]
    clients["dynamodb"].put_item(TableName=table, Item={"pk": {"S": "kept"}, "sk": {"S": "kept"}})
    clients["s3"].put_object(Bucket=bucket, Key="kept", Body=b"kept")
    clients["sqs"].send_message(QueueUrl=queue, MessageBody="kept")
    second = provision()

    assert [first._resolver.attributes, first.attribute("RegistryTable", "StreamArn")] == [
        second._resolver.attributes,
        second.attribute("RegistryTable", "StreamArn"),
    ]
    assert clients["secretsmanager"].get_secret_value(SecretId=secret)["SecretString"] == value
    assert clients["dynamodb"].scan(TableName=table)["Count"] == 1
    assert clients["s3"].get_object(Bucket=bucket, Key="kept")["Body"].read() == b"kept"
    assert clients["sqs"].receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "kept"


def test_a_table_that_is_the_same_is_left_alone(dynamodb: Any, made: Callable[..., str], tmp_path: Path) -> None:
    more = f"{LIFETIME.format('expires')}\n      {STREAM}"
    stream = made(more=more)
    before = dynamodb.describe_table(TableName=f"again-{tmp_path.name}")["Table"]
    assert made(more=more) == stream != ""
    assert dynamodb.describe_table(TableName=f"again-{tmp_path.name}")["Table"] == before


def test_new_indexes_find_old_items_and_dropped_ones_go(
    dynamodb: Any, made: Callable[..., str], tmp_path: Path
) -> None:
    made()
    table = f"again-{tmp_path.name}"
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "old"}, "owner": {"S": "ada"}, "kind": {"S": "tree"}})
    made(second="third")
    indexes = dynamodb.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
    assert sorted(index["IndexName"] for index in indexes) == ["first", "third"]
    found = dynamodb.query(
        TableName=table,
        IndexName="third",
        KeyConditionExpression="kind = :kind",
        ExpressionAttributeValues={":kind": {"S": "tree"}},
    )
    assert [item["pk"]["S"] for item in found["Items"]] == ["old"]


def test_a_stream_and_a_time_to_live_are_added_and_removed(
    dynamodb: Any, made: Callable[..., str], tmp_path: Path
) -> None:
    made()
    table = f"again-{tmp_path.name}"
    for attribute in ("expires", "until"):
        assert made(more=f"{LIFETIME.format(attribute)}\n      {STREAM}").startswith("arn:aws:dynamodb")
        lifetime = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        assert lifetime == {"TimeToLiveStatus": "ENABLED", "AttributeName": attribute}
    made()
    assert dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    stored = dynamodb.describe_table(TableName=table)["Table"]
    assert not stored.get("StreamSpecification", {}).get("StreamEnabled")


@pytest.mark.parametrize(
    ("change", "place"),
    [({"key": "owner"}, "Table.KeySchema"), ({"projection": "KEYS_ONLY"}, r"Table.GlobalSecondaryIndexes.first")],
)
def test_a_change_that_no_store_can_make_is_refused(
    dynamodb: Any, made: Callable[..., str], tmp_path: Path, change: dict[str, str], place: str
) -> None:
    made()
    with pytest.raises(TemplateError, match=f"{place}: the stored table has another one, which can't be changed"):
        made(**change)
    stored = dynamodb.describe_table(TableName=f"again-{tmp_path.name}")["Table"]
    assert stored["KeySchema"][0]["AttributeName"] == "pk"


def test_a_queue_gets_the_settings_of_the_new_template(moto: str, tmp_path: Path) -> None:
    sqs, file = boto3.client("sqs", endpoint_url=moto), tmp_path / "template.yaml"
    for timeout in ("7", "9"):
        file.write_text(QUEUE_TEMPLATE.format(timeout=timeout))
        template = Template(file, {})
        Provisioner(template, None, sqs, None, None, None).run("AWS::SQS::Queue")  # type: ignore[arg-type]
        url = template.attribute("Work", "Ref")
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        assert found["Attributes"] == {"VisibilityTimeout": timeout}
