"""The lines of messages about kept models are run as they are sent, and their files are served."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from maas.adapters.onnx import inspection
from maas.domain.catalog.formats import FORMATS

X, Y = load_iris(return_X_y=True)


def inputs_of(line: str, **names: Any) -> Any:
    """Runs a conversion, and returns the inputs of its file."""
    import onnxmltools
    import skl2onnx
    from onnxmltools.convert.common.data_types import FloatTensorType

    found = {"skl2onnx": skl2onnx, "onnxmltools": onnxmltools, "FloatTensorType": FloatTensorType, "numpy": np, "X": X}
    converted = eval(line, {**found, **names})
    return inspection.inspect(converted.SerializeToString())["signature"]["inputs"]


def test_the_line_for_lightgbm_converts_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxmltools")
    lightgbm = pytest.importorskip("lightgbm")
    monkeypatch.chdir(tmp_path)
    lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(X, Y).booster_.save_model("model.txt")
    line = FORMATS["lightgbm"].to_onnx.removesuffix(" converts it")
    assert inputs_of(line, lightgbm=lightgbm)


@pytest.mark.parametrize("suffix", ["json", "ubj"])
def test_the_line_for_xgboost_converts_both_of_its_formats(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("onnxmltools")
    xgboost = pytest.importorskip("xgboost")
    xgboost.XGBClassifier(n_estimators=5).fit(X, Y).save_model(tmp_path / f"model.{suffix}")
    model = xgboost.XGBClassifier()
    model.load_model(tmp_path / f"model.{suffix}")
    line = FORMATS[f"xgboost_{suffix}"].to_onnx.rpartition(" with ")[2]
    assert inputs_of(line, model=model)


def test_the_line_for_skops_converts_its_model(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    from sklearn.linear_model import LogisticRegression

    skops.dump(LogisticRegression(max_iter=500).fit(X, Y), tmp_path / "model.skops")
    line = FORMATS["skops"].to_onnx.rpartition(" with ")[2]
    assert inputs_of(line, model=skops.load(tmp_path / "model.skops"))
