"""Predictions that can't be made, of a model with the input x, float32 of two columns, and the output label.

Each is a request with its path, which has a place for the model's id. Version 2.0.0 of the model does not exist.
"""

import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Any

from maas.domain.inference.sizes import REQUEST_MAX

MIB = 1024 * 1024
ROW = [1, 2]
PREDICT, INFER = "/api/v1/models/{}/predict", "/v2/models/{}/infer"


@dataclass(frozen=True)
class Bad:
    """A request: its body as JSON or bytes, and its headers. The header `x-query` is its query, and not sent."""

    body: Any
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def target(self, path: str, model_id: str) -> str:
        """The path with the model's id, and the query."""
        query = dict(self.headers).get("x-query")
        return path.format(model_id) + (f"?{query}" if query else "")

    @property
    def sent_headers(self) -> dict[str, str]:
        return {name: value for name, value in self.headers if name != "x-query"}


def tensor(**fields: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": ROW, **fields}]}


def binary(data: bytes, size: Any, **fields: Any) -> Bad:
    """A request whose data is behind its JSON."""
    tensor = {"name": "x", "shape": [1, 2], "datatype": "FP32", "parameters": {"binary_data_size": size}, **fields}
    head = json.dumps({"inputs": [tensor]}).encode()
    return Bad(head + data, (("inference-header-content-length", str(len(head))), *_BYTES))


_BYTES = (("content-type", "application/octet-stream"),)
_GZIP, _DEFLATE = (("content-encoding", "gzip"),), (("content-encoding", "deflate"),)

SIMPLE = {
    "no values": {},
    "values in two ways": {"features": ROW, "inputs": {"x": [ROW]}},
    "text for numbers": {"features": ["1", "2"]},
    "booleans for numbers": {"features": [True, False]},
    "an object for a number": {"features": [{}, 2]},
    "a number for rows": {"features": 3},
    "a text for rows": {"features": "1,2"},
    "null for rows": {"features": None},
    "too few columns": {"features": [1]},
    "too many columns": {"features": [1, 2, 3]},
    "no columns": {"features": [[]]},
    "ragged rows": {"features": [[1, 2], [3]]},
    "rows and values": {"features": [[1, 2], 3]},
    "too deep": {"features": [[[1, 2]]]},
    "deeper than any parser goes": {"features": json.loads("[" * 150 + "]" * 150)},
    "beyond float": {"features": [1e39, 2]},
    "beyond float, negative": {"features": [-1e300, 2]},
    "an unknown input": {"inputs": {"y": [ROW]}},
    "an input with a long name": {"inputs": {"y" * 100_000: [ROW]}},
    "no input": {"inputs": {}},
    "one input too many": {"inputs": {"x": [ROW], "y": [ROW]}},
    "inputs as a list": {"inputs": [ROW]},
    "an unknown output": {"features": ROW, "outputs": ["other"]},
    "an output twice": {"features": ROW, "outputs": ["label", "label"]},
    "no output": {"features": ROW, "outputs": []},
    "outputs as a text": {"features": ROW, "outputs": "label"},
    "an unknown field": {"features": ROW, "feature": ROW},
    "instances of records without names": {"instances": [{"a": 1, "b": 2}]},
    "instances of the wrong shape": {"instances": [1, 2]},
    "a record without columns": {"dataframe_records": [{}]},
    "a split of other columns": {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2]]}},
    "a split with a short row": {"dataframe_split": {"columns": ["x"], "data": [[]]}},
    "a timeout of 0": {"features": ROW, "timeout": 0},
    "a timeout below 0": {"features": ROW, "timeout": -1},
    "a timeout of a day": {"features": ROW, "timeout": 86_400},
    "a timeout as a text": {"features": ROW, "timeout": "1"},
    "a version that is not served": {"features": ROW, "version": "2.0.0"},
    "a version that is none": {"features": ROW, "version": ">>1"},
    "an empty version": {"features": ROW, "version": ""},
    "a version of 10,000 letters": {"features": ROW, "version": "v" * 10_000},
}
RAW = {
    "nothing": Bad(b""),
    "not JSON": Bad(b"features=1"),
    "a list": Bad(b"[1,2]"),
    "NaN": Bad(b'{"features": [NaN, 1]}'),
    "an infinity": Bad(b'{"features": [1, Infinity]}'),
    "a name twice": Bad(b'{"features": [1, 2], "features": [3, 4]}'),
    "a lone surrogate": Bad(b'{"inputs": {"\\ud800": 1}}'),
    "bytes that are no UTF-8": Bad(b'{"features": ["\xff"]}'),
    "a number of 5,000 digits": Bad(b'{"features": [%s, 1]}' % (b"1" * 5000)),
    "6 MiB and a byte": Bad(b" " * (REQUEST_MAX + 1)),
    "brackets without an end": Bad(b"[" * 1_000_000),
    "a compressed body": Bad(gzip.compress(b'{"features": [1, 2]}'), _GZIP),
    "a form": Bad(b"features=1", (("content-type", "application/x-www-form-urlencoded"),)),
    "a deadline of 0": Bad(b'{"features": [1, 2]}', (("x-request-timeout", "0"),)),
    "a deadline of -1": Bad(b'{"features": [1, 2]}', (("x-request-timeout", "-1"),)),
    "a deadline that is no number": Bad(b'{"features": [1, 2]}', (("x-request-timeout", "soon"),)),
    "a query": Bad(b'{"features": [1, 2]}', (("x-query", "version=1.0.0"),)),
}
TENSORS = {
    "no inputs": Bad({"inputs": []}),
    "an unknown input": Bad(tensor(name="y")),
    "a type that the model does not take": Bad(tensor(datatype="INT64")),
    "a type that is none": Bad(tensor(datatype="FP8")),
    "a shape of another rank": Bad(tensor(shape=[2])),
    "a shape of other columns": Bad(tensor(shape=[2, 1])),
    "a negative dimension": Bad(tensor(shape=[-1, 2])),
    "a dimension of 2^40": Bad(tensor(shape=[2**40, 2])),
    "dimensions whose product has 200 bits": Bad(tensor(shape=[2**63 - 1] * 2)),
    "a fraction of a dimension": Bad(tensor(shape=[1.5, 2])),
    "more values than the shape": Bad(tensor(data=[1, 2, 3])),
    "fewer values than the shape": Bad(tensor(data=[1])),
    "ragged values": Bad(tensor(shape=[2, 2], data=[[1, 2], [3]])),
    "text for numbers": Bad(tensor(data=["1", "2"])),
    "no data": Bad({"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32"}]}),
    "an unknown output": Bad({**tensor(), "outputs": [{"name": "other"}]}),
    "an input twice": Bad({"inputs": tensor()["inputs"] * 2}),
    "bytes that do not match the shape": binary(b"\0" * 7, 7),
    "bytes of another number of rows": binary(b"\0" * 16, 16),
    "fewer bytes than said": binary(b"\0" * 4, 8),
    "more bytes than said": binary(b"\0" * 12, 8),
    "a negative number of bytes": binary(b"\0" * 8, -8),
    "a number of bytes as a text": binary(b"\0" * 8, "8"),
    "a JSON part longer than the body": Bad(b"{}", (("inference-header-content-length", "100"), *_BYTES)),
    "a JSON part of a negative length": Bad(b"{}", (("inference-header-content-length", "-1"), *_BYTES)),
    "gzip that is none": Bad(b"not gzip", _GZIP),
    "gzip that is cut off": Bad(gzip.compress(json.dumps(tensor()).encode())[:-9], _GZIP),
    "a bomb of gzip": Bad(gzip.compress(b" " * (512 * MIB), 9), _GZIP),
    "a bomb of deflate": Bad(zlib.compress(b" " * (512 * MIB), 9), _DEFLATE),
    "another coding": Bad(json.dumps(tensor()).encode(), (("content-encoding", "br"),)),
    "a deadline of 0": Bad(tensor(), (("x-request-timeout", "0"),)),
}
CASES = (
    [(PREDICT, f"simple: {name}", Bad(body)) for name, body in SIMPLE.items()]
    + [(PREDICT, f"raw: {name}", case) for name, case in RAW.items()]
    + [(INFER, f"tensors: {name}", case) for name, case in TENSORS.items()]
)
