"""Rows of Parquet files as NDJSON, in servers that speak S3's protocol. pyarrow writes the files."""

import json
import math
import threading
import time
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import boto3
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from maas.adapters.aws.object_store import S3ObjectStore
from maas.adapters.aws.parquet_rows import Limits, S3ParquetRows
from maas.domain.errors import InvalidInput, NotFound, Unavailable
from maas.domain.ids import new_id
from maas.domain.jobs.jobs import FileFormat, InputFile
from maas.domain.model_memory import MIB
from tests.support.buckets import BUCKET

TYPES = [pa.int8(), pa.uint64(), pa.float32(), pa.float64(), pa.string(), pa.large_string(), pa.bool_(), pa.float16()]
CODECS = ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]


class Store:
    """A bucket of a server."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.s3: Any = boto3.client("s3", endpoint_url=endpoint)
        self.key = f"jobs/{new_id()}"
        self.seen = b""

    def reader(self, limits: Limits | None = None) -> S3ParquetRows:
        return S3ParquetRows(S3ObjectStore(BUCKET, self.endpoint), BUCKET, self.endpoint, limits)

    def put(self, content: bytes, *, as_lists: bool = False) -> InputFile:
        key = f"{self.key}/files/{new_id()}"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return InputFile(key, len(content), FileFormat.PARQUET, as_lists)

    def rows(self, content: bytes, *, as_lists: bool = False) -> list[Any]:
        """The rows of the file. What is stored is what was seen, and has the size that was told."""
        self.seen = b""
        size = self.reader().to_ndjson(self.put(content, as_lists=as_lists), self.key, self.see)
        stored = self.s3.get_object(Bucket=BUCKET, Key=self.key)["Body"].read()
        assert (len(stored), stored) == (size, self.seen)
        return [json.loads(line) for line in stored.splitlines()]

    def see(self, block: bytes) -> None:
        self.seen += block

    def refusal(self, content: bytes, limits: Limits | None = None) -> str:
        """The reason, if nothing was stored."""
        with pytest.raises(InvalidInput) as caught:
            self.reader(limits).to_ndjson(self.put(content), self.key, self.see)
        assert S3ObjectStore(BUCKET, self.endpoint).size(self.key) is None
        (problem,) = caught.value.fields
        assert problem.field == "file"
        return problem.message


@pytest.fixture(params=["moto", "minio"])
def store(request: pytest.FixtureRequest) -> Store:
    return Store(request.getfixturevalue(f"{request.param}_s3"))


@pytest.fixture
def moto(moto_s3: str) -> Store:
    return Store(moto_s3)


def written(table: pa.Table, **options: Any) -> bytes:
    file = BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


def test_each_row_is_an_object_or_a_list(store: Store) -> None:
    columns = {
        "a": pa.array([1.5, None]),
        "b": pa.array([2**64 - 1, 0], pa.uint64()),
        "c": pa.array(["x\n", "é\u2028"]),
        "d": pa.array([[True], []]),
        "e": pa.array(["p", None]).dictionary_encode(),
        "f": pa.array([math.nan, -0.0], pa.float32()),
    }
    content = written(pa.table(columns))
    rows: list[list[Any]] = [[1.5, 2**64 - 1, "x\n", [True], "p", None], [None, 0, "é\u2028", [], None, -0.0]]
    assert store.rows(content) == [dict(zip("abcdef", row, strict=True)) for row in rows]
    assert store.rows(content, as_lists=True) == rows


@pytest.mark.parametrize("codec", CODECS)
def test_each_codec_is_read(moto: Store, codec: str) -> None:
    content = written(pa.table({"number": pa.array(range(9000))}), compression=codec, row_group_size=2000)
    assert [line["number"] for line in moto.rows(content)] == [*range(9000)]


def test_rows_are_sent_in_parts(store: Store) -> None:
    content = written(pa.table({"text": [f"{number:080}" for number in range(200_000)]}))
    assert [int(line["text"]) for line in store.rows(content)] == [*range(200_000)]
    assert len(store.seen) > 16 * MIB


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rows_are_those_of_pyarrow(moto: Store, data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=5))
    count = data.draw(st.integers(1, 20))
    columns = [data.draw(st.lists(st.none() | _values(kind), min_size=count, max_size=count)) for kind in kinds]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, kinds, strict=True)]
    table = pa.Table.from_arrays(arrays, names=[f"c{place}" for place in range(len(kinds))])
    found = pa.Table.from_pylist(moto.rows(written(table)), table.schema)  # so that floats are compared with their bits
    assert found.equals(table)


def _values(kind: pa.DataType) -> st.SearchStrategy[Any]:
    if pa.types.is_boolean(kind):
        return st.booleans()
    if pa.types.is_floating(kind):
        return st.floats(width=kind.bit_width, allow_nan=False, allow_infinity=False)
    if pa.types.is_integer(kind):
        return st.integers(0, 2**64 - 1) if kind == pa.uint64() else st.integers(-128, 127)
    return st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([math.inf], "the column 'a' has an infinite number, which JSON can't have"),
        ([[1.0, -math.inf]], "the column 'a' has an infinite number, which JSON can't have"),
        ([b"x"], "the column 'a' has values of type Binary: make them numbers or texts"),
        ([{"x": 1}], "the column 'a' has values of type Struct(\"x\": Int64): make them numbers or texts"),
        ([datetime(2026, 1, 1)], "the column 'a' has values of type Timestamp(µs): make them numbers or texts"),  # noqa: DTZ001
    ],
)
def test_a_column_that_json_lacks_is_refused(moto: Store, values: list[Any], reason: str) -> None:
    assert moto.refusal(written(pa.table({"a": values}))) == reason


def test_two_columns_of_one_name_are_read_as_lists_alone(moto: Store) -> None:
    content = written(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]))
    assert moto.refusal(content) == "there are two columns 'a'"
    assert moto.rows(content, as_lists=True) == [[1, 2]]


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"PAR1xxxxPAR1", b"PAR1" + b"\xff" * 40 + b"PAR1", b"P"])
def test_what_is_no_parquet_is_refused(moto: Store, content: bytes) -> None:
    assert moto.refusal(content) == "is not Parquet that can be read"


def test_damaged_files_end_in_a_reason(moto: Store) -> None:
    whole = written(pa.table({"a": [*range(1000)], "b": ["x"] * 1000}))
    for place in range(4, len(whole), len(whole) // 12):
        damaged = whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]
        try:
            rows = moto.rows(damaged)
        except InvalidInput as error:
            assert error.message  # noqa: PT017 - either a reason or rows
        else:
            assert len(rows) <= 1000


def test_a_file_without_rows_has_no_lines(moto: Store) -> None:
    assert moto.rows(written(pa.table({"a": pa.array([], pa.int8())}))) == []


def test_a_bomb_ends_at_a_limit(moto: Store) -> None:
    bomb = written(pa.table({"a": ["x" * 100 * MIB]}), compression="zstd")
    assert "needs more memory" in moto.refusal(bomb, Limits(memory=256 * MIB))
    many = written(pa.table({"a": ["x" * 1000] * 5000}))
    assert "as NDJSON" in moto.refusal(many, Limits(rows=MIB))


def test_an_absent_file_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        store.reader().to_ndjson(InputFile(f"{store.key}/none", 1, FileFormat.PARQUET), store.key, store.see)


def test_reading_can_be_interrupted(moto: Store) -> None:
    reader = moto.reader()
    file = moto.put(written(pa.table({"a": ["x" * 1000] * 200_000})))
    caught: list[Exception] = []
    thread = threading.Thread(target=lambda: caught.append(_error(lambda: reader.to_ndjson(file, moto.key, moto.see))))
    thread.start()
    while reader._child is None:
        time.sleep(0.001)
    reader.interrupt()
    thread.join(20)
    assert [type(error) for error in caught] == [Unavailable]


def _error(call: Callable[[], Any]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the test looks at it
        call()
    return caught.value
