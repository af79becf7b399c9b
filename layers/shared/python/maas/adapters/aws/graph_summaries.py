"""Summaries of graphs in S3, each beside its model's file; see docs/decisions/0021-graph-summaries.md."""

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

from maas.adapters.aws.s3_client import client, timely_call
from maas.domain.catalog.graphs import Graph, Operator, Weight
from maas.domain.errors import NotFound
from maas.platform.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# template.yaml grants rights by this suffix. The key of a model's file ends with the id of its upload.
_SUFFIX = ".graph.json.gz"
# What gzip, JSON and `from_document` raise for other bytes.
_UNREADABLE = (OSError, EOFError, zlib.error, ValueError, RecursionError, KeyError, TypeError, AttributeError)


class S3GraphStore:
    """The GraphStore port. The client is made at first use, because most calls of a function never need it."""

    def __init__(self, bucket: str, endpoint: str = "") -> None:
        self._bucket = bucket
        self._endpoint = endpoint

    @cached_property
    def _s3(self) -> "S3Client":
        return client(self._endpoint)

    def write(self, storage_key: str, graph: Graph) -> None:
        with timely_call():
            self._s3.put_object(
                Bucket=self._bucket,
                Key=storage_key + _SUFFIX,
                Body=gzip.compress(json.dumps(asdict(graph)).encode(), mtime=0),
                ContentType="application/json",
                ContentEncoding="gzip",
            )

    def read(self, storage_key: str) -> Graph | None:
        try:
            with timely_call():
                content = self._s3.get_object(Bucket=self._bucket, Key=storage_key + _SUFFIX)["Body"].read()
        except NotFound:
            return None
        try:
            return from_document(json.loads(gzip.decompress(content)))
        except _UNREADABLE:
            logger.warning("a summary of a graph can't be read", key=storage_key + _SUFFIX)
            return None


def from_document(document: Mapping[str, Any]) -> Graph:
    """The graph in a summary that adapters/onnx/graph_summary.py wrote.

    Raises AttributeError, KeyError, TypeError or ValueError for any other document.
    """
    return Graph(
        opsets={str(domain): int(version) for domain, version in document["opsets"].items()},
        operators=tuple(_operator(item) for item in document["operators"]),
        tensors=tuple(_weight(item) for item in document["tensors"]),
        operator_count=int(document["operator_count"]),
        tensor_count=int(document["tensor_count"]),
    )


def _operator(item: Mapping[str, Any]) -> Operator:
    return Operator(str(item["domain"]), str(item["name"]), int(item["count"]), str(item["content"]))


def _weight(item: Mapping[str, Any]) -> Weight:
    shape = tuple(map(int, item["shape"]))
    return Weight(str(item["scope"]), str(item["name"]), str(item["dtype"]), shape, str(item["content"]))
