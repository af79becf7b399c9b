"""Answers of DynamoDB, read past botocore's parser, have the values that boto3 would give."""

import io
import json
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from botocore.awsrequest import AWSResponse, HTTPHeaders
from botocore.exceptions import ClientError

from functions.registry.store.client import Table, connect, values
from functions.registry.store.items import item_of
from functions.registry.store.transactions import attributes
from functions.registry.store.typed_attributes import plain
from local.aws_account import CREDENTIALS
from tests.support.sample_records import STORED_MODEL, STORED_VERSION, UPLOAD

ITEM = attributes(
    {"text": "ü", "number": 12, "none": None, "truth": True, "list": [1, ["a"], {}], "map": {"a": {"b": 0}}}
)


class _Raw(io.BytesIO):
    def stream(self) -> Any:
        return iter([self.read()])


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Returns a maker of clients that receive one answer, whatever they ask."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)

    def client(body: Any, status: int = 200) -> Any:
        made: Any = connect("http://127.0.0.1:9")
        answer = AWSResponse("", status, HTTPHeaders(), _Raw(json.dumps(body).encode()))
        made.meta.events.register("before-send.dynamodb.*", lambda **_: answer)
        return made

    return client


@pytest.mark.parametrize("record", [STORED_MODEL, STORED_VERSION, UPLOAD])
def test_values_of_records_are_those_of_boto3(record: Any) -> None:
    item = attributes(item_of(record))
    theirs = TypeDeserializer()
    assert plain(item) == {name: theirs.deserialize(typed) for name, typed in item.items()}


def test_each_type_of_attribute_has_its_value() -> None:
    theirs = TypeDeserializer()
    assert plain(ITEM) == {name: theirs.deserialize(typed) for name, typed in ITEM.items()}


def test_an_attribute_of_a_type_that_is_never_stored_is_refused() -> None:
    with pytest.raises(TypeError):
        plain({"a": {"SS": ["b"]}})


def test_a_page_keeps_its_items_and_where_it_ends(answering: Any) -> None:
    end = attributes({"pk": "a", "sk": "b"})
    page = answering({"Items": [ITEM], "Count": 1, "LastEvaluatedKey": end}).query(TableName="t")
    assert values(page) == [plain(ITEM)]
    assert (page["Count"], page["LastEvaluatedKey"]) == (1, end)
    assert page["ResponseMetadata"]["HTTPStatusCode"] == 200


async def test_one_item_and_many_are_read(answering: Any) -> None:
    assert await Table("t", answering({"Item": ITEM})).get({"pk": "a"}) == plain(ITEM)
    assert await Table("t", answering({})).get({"pk": "a"}) is None
    many = answering({"Responses": {"t": [ITEM, ITEM]}, "UnprocessedKeys": {}})
    assert await Table("t", many).get_many([{"pk": "a"}, {"pk": "b"}]) == [plain(ITEM)] * 2


def test_an_error_is_still_an_error(answering: Any) -> None:
    client = answering({"__type": "com.amazonaws#ResourceNotFoundException", "message": "no table"}, 400)
    with pytest.raises(ClientError) as refused:
        client.get_item(TableName="t", Key={})
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
