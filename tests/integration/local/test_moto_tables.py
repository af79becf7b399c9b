"""Tables, streams and objects in a state folder after kill -9 of moto."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.moto_server import MotoServer

pytestmark = pytest.mark.timeout(120)

PART = b"p" * (5 * 2**20)
ITEM = {
    "pk": {"S": "ä"},
    "sk": {"N": "1"},
    "owner": {"S": "me"},
    "binary": {"B": b"\x00\xff"},
    "set": {"SS": ["a", "b"]},
    "bytes": {"BS": [b"1", b"2"]},
    "map": {"M": {"list": {"L": [{"N": "1.5"}, {"NULL": True}, {"BOOL": False}, {"B": b"\x01"}]}}},
}
KEY = {"pk": {"S": "ä"}, "sk": {"N": "1"}}


@pytest.fixture(scope="module")
def server(credentials: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoServer]:
    """moto that was killed after each of the two halves of changes."""
    found = MotoServer(tmp_path_factory.mktemp("aws"))
    found.start()
    _make_table(found.client("dynamodb"))
    _make_objects(found.client("s3"))
    found.restart()
    _change_table(found.client("dynamodb"))
    _change_objects(found.client("s3"))
    found.restart()
    yield found
    found.kill()


def _make_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in _ATTRIBUTES.items()],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-owner",
                "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        SSESpecification={"Enabled": True},
    )
    dynamodb.update_time_to_live(
        TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )
    dynamodb.put_item(TableName="table", Item=ITEM)
    for number in range(3):
        dynamodb.put_item(TableName="table", Item={"pk": {"S": "many"}, "sk": {"N": str(number)}, "a": {"S": "x"}})


_ATTRIBUTES = {"pk": "S", "sk": "N", "owner": "S"}


def _change_table(dynamodb: Any) -> None:
    """Changes items in every way, also such that are refused."""
    many = [{"pk": {"S": "many"}, "sk": {"N": str(number)}} for number in range(5)]
    add = {"UpdateExpression": "SET weight = :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    dynamodb.update_item(TableName="table", Key=KEY | {"sk": {"N": "1.0"}}, **add)
    dynamodb.delete_item(TableName="table", Key=many[0])
    dynamodb.batch_write_item(RequestItems={"table": [{"DeleteRequest": {"Key": many[1]}}]})
    put = {"Put": {"TableName": "table", "Item": many[3] | {"a": {"S": "x"}}}}
    dynamodb.transact_write_items(TransactItems=[put, {"Update": {"TableName": "table", "Key": many[2], **add}}])
    refused = {"ConditionCheck": {"TableName": "table", "Key": many[0], "ConditionExpression": "attribute_exists(pk)"}}
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "table", "Item": many[4]}}, refused])
    dynamodb.create_table(
        TableName="gone",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    dynamodb.put_item(TableName="gone", Item={"pk": {"S": "a"}})
    dynamodb.delete_table(TableName="gone")


def _make_objects(s3: Any) -> None:
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 600}
    s3.put_bucket_cors(Bucket="bucket", CORSConfiguration={"CORSRules": [rule]})
    rule = {"ID": "undo", "Status": "Enabled", "Filter": {"Prefix": ""}}
    rule |= {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}
    s3.put_bucket_lifecycle_configuration(Bucket="bucket", LifecycleConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="bucket", Key="a/ö +%", Body=b"one", Metadata={"by": "me"}, ContentType="text/plain")
    s3.put_object(Bucket="bucket", Key="gone", Body=b"gone")
    upload = s3.create_multipart_upload(Bucket="bucket", Key="large", Metadata={"by": "me"})["UploadId"]
    s3.upload_part(Bucket="bucket", Key="large", UploadId=upload, PartNumber=1, Body=PART)
    upload = s3.create_multipart_upload(Bucket="bucket", Key="aborted")["UploadId"]
    s3.upload_part(Bucket="bucket", Key="aborted", UploadId=upload, PartNumber=1, Body=b"x")


def _change_objects(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="a/ö +%", Body=b"two")
    s3.put_object_tagging(Bucket="bucket", Key="a/ö +%", Tagging={"TagSet": [{"Key": "team", "Value": "a"}]})
    s3.delete_object(Bucket="bucket", Key="a/ö +%")
    (version,) = s3.list_object_versions(Bucket="bucket", Prefix="gone")["Versions"]
    s3.delete_object(Bucket="bucket", Key="gone", VersionId=version["VersionId"])
    for upload in s3.list_multipart_uploads(Bucket="bucket")["Uploads"]:
        place = {"Bucket": "bucket", "Key": upload["Key"], "UploadId": upload["UploadId"]}
        if upload["Key"] == "aborted":
            s3.abort_multipart_upload(**place)
            continue
        s3.upload_part(**place, PartNumber=2, Body=b"the end")
        parts = [{name: part[name] for name in ("PartNumber", "ETag")} for part in s3.list_parts(**place)["Parts"]]
        s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})


def test_items_of_every_type_come_back(server: MotoServer) -> None:
    found = server.client("dynamodb").get_item(TableName="table", Key=KEY)["Item"]
    assert found == ITEM | {"weight": {"N": "1"}}


def test_changes_in_every_way_last_and_refused_ones_do_not(server: MotoServer) -> None:
    dynamodb = server.client("dynamodb")
    found = dynamodb.query(
        TableName="table", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "many"}}
    )["Items"]
    assert [(item["sk"]["N"], item.get("weight")) for item in found] == [("2", {"N": "1"}), ("3", None)]
    assert dynamodb.list_tables()["TableNames"] == ["table"]


def test_a_refused_transaction_leaves_every_item_as_it_was(server: MotoServer) -> None:
    """moto would copy whole tables for this. Its copy here shares what the transaction does not name."""
    dynamodb = server.client("dynamodb")
    before = dynamodb.scan(TableName="table")["Items"]
    kept, other = ({"pk": {"S": "many"}, "sk": {"N": number}} for number in ("2", "3"))
    weigh = {"UpdateExpression": "SET weight = :two", "ExpressionAttributeValues": {":two": {"N": "2"}}}
    operations = [
        {"Update": {"TableName": "table", "Key": kept, **weigh}},
        {"Delete": {"TableName": "table", "Key": other}},
        {"Put": {"TableName": "table", "Item": KEY | {"a": {"S": "replaced"}}}},
        {"Update": {"TableName": "table", "Key": {"pk": {"S": "new"}, "sk": {"N": "1"}}, **weigh}},
        {
            "Put": {
                "TableName": "table",
                "Item": kept | {"sk": {"N": "9"}},
                "ConditionExpression": "attribute_exists(pk)",
            }
        },
    ]
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=operations)
    assert dynamodb.scan(TableName="table")["Items"] == before
    dynamodb.transact_write_items(TransactItems=[operations[0]])
    assert dynamodb.get_item(TableName="table", Key=kept)["Item"]["weight"] == {"N": "2"}


def test_tables_keep_indexes_ttl_and_encryption(server: MotoServer) -> None:
    dynamodb = server.client("dynamodb")
    table = dynamodb.describe_table(TableName="table")["Table"]
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert table["ItemCount"] == 3
    ttl = dynamodb.describe_time_to_live(TableName="table")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    found = dynamodb.query(
        TableName="table",
        IndexName="by-owner",
        KeyConditionExpression="#owner = :me",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":me": {"S": "me"}},
    )["Items"]
    assert found == [KEY | {"owner": {"S": "me"}}]


def test_records_that_nobody_read_come_back_in_order(server: MotoServer) -> None:
    streams = server.client("dynamodbstreams")
    arn = server.client("dynamodb").describe_table(TableName="table")["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    place = {"StreamArn": arn, "ShardId": shard["ShardId"]}
    begin = streams.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = streams.get_records(ShardIterator=begin, Limit=9)["Records"]  # of the changes before the kills
    assert [record["eventName"] for record in records] == [
        *(["INSERT"] * 4),
        *("MODIFY", "REMOVE", "REMOVE", "INSERT", "MODIFY"),
    ]
    assert records[0]["dynamodb"]["NewImage"] == ITEM
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == [*range(numbers[0], numbers[0] + 9)]
    after = streams.get_shard_iterator(
        **place, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=str(numbers[-1])
    )["ShardIterator"]
    server.client("dynamodb").delete_item(TableName="table", Key=KEY)
    server.restart()  # iterators outlive it too
    later = streams.get_records(ShardIterator=after)["Records"]
    assert int(later[0]["dynamodb"]["SequenceNumber"]) == numbers[-1] + 1
    assert later[-1]["eventName"] == "REMOVE"


def test_objects_keep_versions_contents_and_delete_markers(server: MotoServer) -> None:
    s3 = server.client("s3")
    found = s3.list_object_versions(Bucket="bucket", Prefix="a/")
    assert [marker["IsLatest"] for marker in found["DeleteMarkers"]] == [True]
    contents = [
        s3.get_object(Bucket="bucket", Key="a/ö +%", VersionId=version["VersionId"]) for version in found["Versions"]
    ]
    assert [content["Body"].read() for content in contents] == [b"two", b"one"]
    assert (contents[1]["ContentType"], contents[1]["Metadata"]) == ("text/plain", {"by": "me"})
    assert [content["ETag"] for content in contents] == [version["ETag"] for version in found["Versions"]]
    tags = s3.get_object_tagging(Bucket="bucket", Key="a/ö +%", VersionId=found["Versions"][0]["VersionId"])
    assert tags["TagSet"] == [{"Key": "team", "Value": "a"}]


def test_multipart_uploads_go_on_after_the_start(server: MotoServer) -> None:
    s3 = server.client("s3")
    found = s3.get_object(Bucket="bucket", Key="large")
    assert found["Body"].read() == PART + b"the end"
    assert found["ETag"].endswith('-2"')
    assert found["Metadata"] == {"by": "me"}
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="bucket")


def test_buckets_keep_versioning_and_rules(server: MotoServer) -> None:
    s3 = server.client("s3")
    assert s3.get_bucket_versioning(Bucket="bucket")["Status"] == "Enabled"
    (cors,) = s3.get_bucket_cors(Bucket="bucket")["CORSRules"]
    assert cors["MaxAgeSeconds"] == 600
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket="bucket")["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}


def test_contents_that_nothing_names_are_removed(server: MotoServer) -> None:
    left = sorted(path.stat().st_size for path in (server.folder / "objects").iterdir())
    assert left == [3, 3, len(PART) + len(b"the end")]
