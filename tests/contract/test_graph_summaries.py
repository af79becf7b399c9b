"""Every implementation of the GraphStore port."""

import gzip
from collections.abc import Callable
from dataclasses import replace

import pytest

from maas.adapters.aws.graph_summaries import S3GraphStore
from maas.adapters.aws.s3_client import client
from maas.domain.catalog.graphs import Graph, Operator, Weight
from maas.domain.errors import Unavailable
from maas.domain.ids import new_id
from maas.services.ports.graphs import GraphStore
from tests.fakes.graph_summaries import FakeGraphStore
from tests.support.buckets import BUCKET

GRAPH = Graph(
    opsets={"ai.onnx": 17, "ai.onnx.ml": 3},
    operators=(Operator("ai.onnx", "Gather", 2, "aa" * 16),),
    tensors=(Weight("", "table\n模", "float", (3, 0), "bb" * 16), Weight("If.then_branch", "w", "int64", (), "")),
    operator_count=1,
    tensor_count=20_000,
)


@pytest.fixture(params=["memory", "moto_s3", "minio_s3"])
def store(request: pytest.FixtureRequest) -> GraphStore:
    if request.param == "memory":
        return FakeGraphStore()
    return S3GraphStore(BUCKET, request.getfixturevalue(request.param))


@pytest.fixture
def key() -> str:
    return f"models/acme/{new_id()}/1.0.0/{new_id()}"


def test_a_written_summary_is_read_back(store: GraphStore, key: str) -> None:
    store.write(key, GRAPH)
    assert store.read(key) == GRAPH


def test_an_unknown_summary_is_none(store: GraphStore, key: str) -> None:
    assert store.read(key) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not gzip",
        gzip.compress(b"{}")[:-9],
        gzip.compress(b"not JSON"),
        gzip.compress(b"[" * 100_000),
        gzip.compress(b"[]"),
        gzip.compress(b"{}"),
        gzip.compress(b'{"opsets": [], "operators": {}, "tensors": 1, "operator_count": "x", "tensor_count": null}'),
    ],
)
def test_other_bytes_in_the_place_of_a_summary_are_none(moto_s3: str, key: str, content: bytes) -> None:
    s3 = client(moto_s3)
    s3.put_object(Bucket=BUCKET, Key=f"{key}.graph.json.gz", Body=content)

    assert S3GraphStore(BUCKET, moto_s3).read(key) is None


def test_writing_again_replaces_a_summary(store: GraphStore, key: str) -> None:
    store.write(key, GRAPH)
    store.write(key, replace(GRAPH, operators=(), operator_count=0))
    assert store.read(key) == replace(GRAPH, operators=(), operator_count=0)


@pytest.mark.parametrize("call", [lambda store, key: store.write(key, GRAPH), lambda store, key: store.read(key)])
def test_a_store_that_does_not_answer_is_unavailable(
    credentials: None, key: str, call: Callable[[GraphStore, str], object]
) -> None:
    with pytest.raises(Unavailable):
        call(S3GraphStore(BUCKET, "http://127.0.0.1:1"), key)
