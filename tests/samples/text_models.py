"""Models of texts and words, and boosted trees of other libraries than scikit-learn."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from tests.samples.model_case import Case, iris


def _text(vectorizer: Any) -> Case:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import StringTensorType
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = np.array(["Été à la plage", "SUN and sea", "rain, rain, RAIN", "neige en hiver"])
    model = make_pipeline(vectorizer, LogisticRegression()).fit(texts, [1, 1, 0, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        types = [("text", StringTensorType([None]))]
        file = to_onnx(model, initial_types=types, options={id(model): {"zipmap": False}})
    return Case(bytes(file.SerializeToString()), {"text": np.array(["ÉTÉ and sea", "Rain", ""], object)})


def _table() -> Case:
    """Columns of several types, as of passengers: each is an input of its own."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    rows = np.array([[22, "male"], [38, "female"], [26, "female"], [35, "male"]], object)
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), [0]), ("words", OneHotEncoder(handle_unknown="ignore"), [1])]
    )
    model = make_pipeline(columns, LogisticRegression()).fit(rows, [0, 1, 1, 0])
    types = [("age", FloatTensorType([None, 1])), ("sex", StringTensorType([None, 1]))]
    file = to_onnx(model, initial_types=types, options={id(model): {"zipmap": False}})
    inputs = {"age": np.array([[22], [40]], np.float32), "sex": np.array([["male"], ["other"]], object)}
    return Case(bytes(file.SerializeToString()), inputs)


def _one_hot() -> Case:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import StringTensorType
    from sklearn.preprocessing import OneHotEncoder

    words = np.array([["red"], ["green"], ["blue"]])
    model = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(words)
    file = to_onnx(model, initial_types=[("colour", StringTensorType([None, 1]))])
    return Case(bytes(file.SerializeToString()), {"colour": np.array([["green"], ["x"]], object)})


def _boosted(package: str, kind: str, *, holes: bool = False) -> Case:
    """A model of XGBoost or LightGBM, converted by onnxmltools."""
    library = pytest.importorskip(package)
    tools = pytest.importorskip("onnxmltools")
    from onnxmltools.convert.common.data_types import FloatTensorType

    features, species = iris(holes=holes)
    options: dict[str, Any] = {"verbose": -1} if package == "lightgbm" else {"max_depth": 3}
    model = getattr(library, kind)(n_estimators=4, **options)
    model.fit(features, species if kind.endswith("Classifier") else features[:, 3])
    types = [("X", FloatTensorType([None, 4]))]
    if package == "lightgbm":
        file = tools.convert_lightgbm(model, initial_types=types, zipmap=False)
    else:
        file = tools.convert_xgboost(model, initial_types=types)
    return Case(bytes(file.SerializeToString()), {"X": features[[0, 5, 60, 149]]})


TEXTS: Mapping[str, Callable[[], Case]] = {
    "words of texts": lambda: _text(TfidfVectorizer()),
    "counted words": lambda: _text(CountVectorizer(lowercase=False)),
    "pairs of words": lambda: _text(CountVectorizer(ngram_range=(1, 2), token_pattern="[a-zA-Z]+")),
    "letters of texts": lambda: _text(TfidfVectorizer(analyzer="char", ngram_range=(2, 3))),
    "table of passengers": _table,
    "one-hot words": _one_hot,
}
BOOSTED: Mapping[str, Callable[[], Case]] = {
    "xgboost classifier": lambda: _boosted("xgboost", "XGBClassifier"),
    "xgboost regressor": lambda: _boosted("xgboost", "XGBRegressor"),
    "xgboost with holes": lambda: _boosted("xgboost", "XGBClassifier", holes=True),
    "lightgbm classifier": lambda: _boosted("lightgbm", "LGBMClassifier"),
    "lightgbm regressor": lambda: _boosted("lightgbm", "LGBMRegressor"),
    "lightgbm with holes": lambda: _boosted("lightgbm", "LGBMClassifier", holes=True),
}
