"""What a push knows before it sends anything: pickles, the framework, and what the version before had."""

import logging
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maas_client import AsyncClient, errors
from maas_client.pickled import refuse_pickle
from tests.support.client_api import FAST
from tests.support.fake_maas import FakeMaas

_SIGNATURE: dict[str, Any] = {
    "inputs": [{"name": "X", "dtype": "float32", "shape": [-1, 4]}],
    "outputs": [{"name": "label", "dtype": "int64", "shape": [-1]}],
}


async def push(fake: FakeMaas, path: Path, **options: Any) -> Any:
    async with AsyncClient(fake.base, api_key="k", retries=FAST, transport=fake.transport()) as api:
        return await api.push(path, model="iris", **options)


def _pickle(path: Path, protocol: int = 5) -> None:
    path.write_bytes(pickle.dumps({"a": [1, 2, 3]}, protocol=protocol))


def _torch(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps({}))


def _objects(path: Path) -> None:
    with path.open("wb") as handle:
        np.save(handle, np.array([{}], dtype=object), allow_pickle=True)


@pytest.mark.parametrize("make", [_pickle, _torch, _objects])
@pytest.mark.parametrize("in_folder", [False, True])
async def test_a_pickle_is_refused_before_anything_is_created(tmp_path: Path, make: Any, in_folder: bool) -> None:
    fake = FakeMaas()
    folder = tmp_path / "iris"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"\x08\x07")
    make(folder / "model.bin")
    with pytest.raises(errors.RefusedFile, match=r"client.push\(model, example=X\)"):
        await push(fake, folder if in_folder else folder / "model.bin", version="1.0.0")
    assert fake.calls == []


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_with_a_mark_is_known(tmp_path: Path, protocol: int) -> None:
    _pickle(tmp_path / "x", protocol)
    with pytest.raises(errors.RefusedFile):
        refuse_pickle(tmp_path / "x")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x08\x07\x12\x80\x04",
        (640).to_bytes(8, "little") + b'{"a":1}',  # safetensors with a head of this length
        (0x7B0280).to_bytes(8, "little") + b'{"a":1}',
        b"\x80\x04\x95\x00TFL3",
        b"PK\x03\x04 but no archive",
        b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
    ],
)
def test_a_file_that_only_looks_like_one_is_for_the_server(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    refuse_pickle(tmp_path / "x")


@pytest.mark.parametrize(
    ("name", "options", "framework"),
    [
        ("st.safetensors", {}, "custom"),
        ("m.skops", {}, "sklearn"),
        ("m.onnx", {}, "onnx"),
        ("m.skops", {"framework": "xgboost"}, "xgboost"),
    ],
)
async def test_a_new_model_has_the_framework_of_its_file(
    tmp_path: Path, name: str, options: dict[str, Any], framework: str
) -> None:
    fake = FakeMaas()
    (tmp_path / name).write_bytes(b"model")
    await push(fake, tmp_path / name, version="1.0.0", **options)
    assert [model["framework"] for model in fake.models.values()] == [framework]


async def _second(tmp_path: Path, signature: Any, **options: Any) -> Any:
    """The version that a bump makes after one with names of classes and columns."""
    fake, names = FakeMaas(), {"class_names": ["a", "b"], "feature_names": ["x"], "author": "Ada"}
    fake.signature = _SIGNATURE
    (tmp_path / "m.onnx").write_bytes(b"first")
    await push(fake, tmp_path / "m.onnx", version="1.0.0", publish=True, metadata=names)
    fake.signature = signature
    (tmp_path / "m.onnx").write_bytes(b"second")
    return await push(fake, tmp_path / "m.onnx", publish=True, **{"bump": "minor", **options})


async def test_a_bump_takes_over_the_names_that_predictions_use(tmp_path: Path) -> None:
    version = await _second(tmp_path, _SIGNATURE)
    assert version.state == "published"
    assert version.metadata == {"class_names": ["a", "b"], "feature_names": ["x"]}


async def test_names_that_are_given_stay(tmp_path: Path) -> None:
    version = await _second(tmp_path, _SIGNATURE, metadata={"class_names": ["c", "d"]})
    assert version.metadata == {"class_names": ["c", "d"], "feature_names": ["x"]}


async def test_another_signature_gets_a_warning_in_place_of_names(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "maas_client")
    version = await _second(tmp_path, {**_SIGNATURE, "outputs": []})
    assert version.metadata == {}
    assert "does not have the class_names and feature_names of 1.0.0" in caplog.text


async def test_a_version_by_its_number_takes_over_nothing(tmp_path: Path) -> None:
    assert (await _second(tmp_path, _SIGNATURE, bump=None, version="1.5.0")).metadata == {}


async def test_a_single_file_can_not_have_another_main_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}")
    with pytest.raises(errors.FileError, match=r"'b.onnx' can't be the main one"):
        await push(FakeMaas(), path, version="1.0.0", main="b.onnx")
