"""Results of jobs as tables: each row has its line, and what is not by column stays readable."""

import json
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from maas_client.errors import FileError
from maas_client.job_files import tables
from maas_client.job_files.tables import CSV, PARQUET, format_of, write_table

_NAMES = {"prediction_id": "p", "row": 0}
ROWS: list[dict[str, Any]] = [
    {"line": 2, "prediction": 1, "class_name": "b, c", "outputs": {"y": [0.5, None], "n": 2**62}, **_NAMES},
    {"line": 3, "error": {"code": "timeout", "detail": "too slow", "errors": []}},
    {"line": 4, "prediction": 0, "class_name": None, "outputs": {"y": [1.5, 2], "n": 1}, **_NAMES},
]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_a_name_asks_for_a_format() -> None:
    names = ("a.csv", "a.CSV", "a.parquet", "a.pq", "a.ndjson", "a")
    assert [format_of(Path(name)) for name in names] == ["csv", "csv", "parquet", "parquet", "ndjson", "ndjson"]


async def test_a_result_is_written_as_csv(rows: Path, tmp_path: Path) -> None:
    await write_table(rows, tmp_path / "out.csv", CSV)
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        "line,prediction,class_name,outputs.y,outputs.n,prediction_id,row,error",
        '2,1,"b, c","[0.5, null]",4611686018427387904,p,0,',
        "3,,,,,,,timeout: too slow",
        '4,0,,"[1.5, 2]",1,p,0,',
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "rows.ndjson"]


async def test_a_result_is_written_as_parquet(rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_BATCH", 2)
    await write_table(rows, tmp_path / "out", PARQUET)
    found = parquet.read_table(tmp_path / "out")
    assert found.column("outputs.n").to_pylist() == [2**62, None, 1]
    assert found.column("outputs.y").to_pylist() == [[0.5, None], None, [1.5, 2.0]]
    assert found.column("error").to_pylist() == [None, "timeout: too slow", None]
    assert found.column("line").to_pylist() == [2, 3, 4]


async def test_what_is_no_table_is_a_clear_error(rows: Path, tmp_path: Path) -> None:
    with rows.open("a") as file:
        file.write('{"line": 5, "prediction": "text"}\n')
    with pytest.raises(FileError, match="take CSV or NDJSON"):
        await write_table(rows, tmp_path / "out.parquet", PARQUET)
    rows.write_text('{"predictions": [1]}')
    with pytest.raises(FileError, match="that of values is JSON"):
        await write_table(rows, tmp_path / "out.csv", CSV)
    assert [*tmp_path.iterdir()] == [rows]
