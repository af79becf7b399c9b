"""Estimators and pipelines become files that answer alike and pass the server's own check."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from maas.adapters.onnx import inspection, locales
from maas_client import errors
from maas_client.convert import to_onnx

pd = pytest.importorskip("pandas")
pytest.importorskip("onnxmltools")

from lightgbm import LGBMClassifier, LGBMRegressor  # noqa: E402
from sklearn import (  # noqa: E402
    cluster,
    compose,
    datasets,
    decomposition,
    ensemble,
    feature_extraction,
    linear_model,
    naive_bayes,
    neighbors,
    neural_network,
    pipeline,
    preprocessing,
    svm,
    tree,
)
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.multioutput import MultiOutputRegressor  # noqa: E402
from xgboost import XGBClassifier, XGBRegressor  # noqa: E402

X, y = datasets.load_iris(return_X_y=True)
X = X.astype(np.float32)
_WORDS = np.array(["setosa", "versicolor", "virginica"])[y]
_RNG = np.random.default_rng(7)
_HOLES = np.where(_RNG.random(X.shape) < 0.1, np.nan, X).astype(np.float32)
_TEXTS = ["sun and sea", "rain, rain", "a sunny day", "cold rain"] * 5
_FRAME = pd.DataFrame(
    {
        "age": _RNG.uniform(1, 80, 60).astype(np.float32),
        "rooms": _RNG.integers(1, 9, 60),
        "sex": _RNG.choice(["male", "female"], 60),
        "port": _RNG.choice(["S", "C", "Q"], 60),
    }
)
_ALIVE = _RNG.integers(0, 2, 60)


def _mixed(last: Any, *, scale: bool = True) -> Any:
    """Trees need no scaling, and behind a scaler whole numbers may meet a threshold in 64 bits and miss it in 32."""
    scaler = [preprocessing.StandardScaler()] if scale else []
    numbers = pipeline.make_pipeline(SimpleImputer(strategy="median"), *scaler)
    words = preprocessing.OneHotEncoder(handle_unknown="ignore")
    columns = compose.ColumnTransformer([("n", numbers, ["age", "rooms"]), ("w", words, ["sex", "port"])])
    return pipeline.make_pipeline(columns, last)


_CASES: dict[str, tuple[Callable[[], Any], Any, Any]] = {
    "logistic regression": (lambda: linear_model.LogisticRegression(max_iter=500), X, y),
    "words as classes": (lambda: linear_model.LogisticRegression(max_iter=500), X, _WORDS),
    "scaler and regression": (
        lambda: pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression()),
        X,
        y,
    ),
    "random forest": (lambda: ensemble.RandomForestClassifier(10, random_state=7), X, y),
    "extra trees": (lambda: ensemble.ExtraTreesClassifier(10, random_state=7), X, y),
    "gradient boosting": (lambda: ensemble.GradientBoostingClassifier(n_estimators=5, random_state=7), X, y),
    "histogram boosting": (lambda: ensemble.HistGradientBoostingClassifier(max_iter=5), X, y),
    "histogram boosting of two classes": (
        lambda: ensemble.HistGradientBoostingClassifier(max_iter=5),
        X[:100],
        y[:100],
    ),
    "histogram boosting with missing values": (lambda: ensemble.HistGradientBoostingClassifier(max_iter=5), _HOLES, y),
    "histogram boosting of numbers": (lambda: ensemble.HistGradientBoostingRegressor(max_iter=5), _HOLES, X[:, 0]),
    "ada boost": (lambda: ensemble.AdaBoostClassifier(n_estimators=5, random_state=7), X, y),
    "voting": (
        lambda: ensemble.VotingClassifier(
            [("a", linear_model.LogisticRegression(max_iter=500)), ("b", naive_bayes.GaussianNB())],
            voting="soft",
            flatten_transform=False,
        ),
        X,
        y,
    ),
    "decision tree": (lambda: tree.DecisionTreeClassifier(max_depth=3, random_state=7), X, y),
    "neighbours": (lambda: neighbors.KNeighborsClassifier(5), X, y),
    "bayes": (lambda: naive_bayes.GaussianNB(), X, y),
    "support vectors": (lambda: svm.LinearSVC(), X, y),
    "support vectors after a scaler": (
        lambda: pipeline.make_pipeline(preprocessing.StandardScaler(), svm.LinearSVC()),
        X,
        y,
    ),
    "perceptron": (lambda: neural_network.MLPClassifier((8,), max_iter=300, random_state=7), X, y),
    "stochastic gradient": (lambda: linear_model.SGDClassifier(loss="log_loss", random_state=7), X, y),
    "linear regression": (lambda: linear_model.LinearRegression(), X, X[:, 0] * 2),
    "ridge": (lambda: linear_model.Ridge(), X, X[:, 0]),
    "elastic net": (lambda: linear_model.ElasticNet(alpha=0.01), X, X[:, 1]),
    "forest of numbers": (lambda: ensemble.RandomForestRegressor(10, random_state=7), X, X[:, 0]),
    "support vectors of numbers": (lambda: svm.SVR(), X, X[:, 0]),
    "several outputs": (lambda: MultiOutputRegressor(linear_model.Ridge()), X, X[:, :2]),
    "several outputs at once": (lambda: linear_model.LinearRegression(), X, X[:, :3]),
    "several classes of a forest": (
        lambda: ensemble.RandomForestClassifier(5, random_state=7),
        X,
        np.column_stack([y > 1, y > 0]).astype(int),
    ),
    "isolation forest": (lambda: ensemble.IsolationForest(n_estimators=10, random_state=7), X, None),
    "clusters": (lambda: cluster.KMeans(3, n_init=1, random_state=7), X, None),
    "components": (lambda: decomposition.PCA(2), X, None),
    "scaler": (lambda: preprocessing.MinMaxScaler(), X, None),
    "texts": (
        lambda: pipeline.make_pipeline(feature_extraction.text.TfidfVectorizer(), linear_model.LogisticRegression()),
        _TEXTS,
        [1, 0, 1, 0] * 5,
    ),
    "mixed frame": (lambda: _mixed(linear_model.LogisticRegression()), _FRAME, _ALIVE),
    "mixed frame with trees": (
        lambda: _mixed(ensemble.RandomForestClassifier(5, random_state=7), scale=False),
        _FRAME,
        _ALIVE,
    ),
    "frame of numbers": (
        lambda: linear_model.LogisticRegression(max_iter=500),
        pd.DataFrame(X, columns=["a", "b", "c", "d"]),
        y,
    ),
    "missing values filled": (
        lambda: pipeline.make_pipeline(SimpleImputer(), linear_model.LogisticRegression(max_iter=500)),
        _HOLES,
        y,
    ),
    "xgboost": (lambda: XGBClassifier(n_estimators=5, max_depth=3), X, y),
    "xgboost of two classes": (lambda: XGBClassifier(n_estimators=5, max_depth=3), X[:100], y[:100]),
    "xgboost with missing values": (lambda: XGBClassifier(n_estimators=5, max_depth=3), _HOLES, y),
    "xgboost of numbers": (lambda: XGBRegressor(n_estimators=5, max_depth=3), X, X[:, 0]),
    "xgboost after a scaler": (
        lambda: pipeline.make_pipeline(preprocessing.StandardScaler(), XGBClassifier(n_estimators=5)),
        X,
        y,
    ),
    "lightgbm": (lambda: LGBMClassifier(n_estimators=5, verbose=-1), X, y),
    "lightgbm with missing values": (lambda: LGBMClassifier(n_estimators=5, verbose=-1), _HOLES, y),
    "lightgbm of numbers": (lambda: LGBMRegressor(n_estimators=5, verbose=-1), X, X[:, 0]),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", _CASES)
def test_a_converted_estimator_answers_alike_and_passes_the_server_s_check(name: str) -> None:
    make, data, target = _CASES[name]
    model = make()
    fitted = model.fit(data) if target is None else model.fit(data, target)

    converted = to_onnx(fitted, data[:40])

    assert converted.difference <= 1e-3
    locales.provide()
    signature = inspection.inspect(converted.content)["signature"]
    assert all(tensor["shape"][0] == -1 for tensor in signature["inputs"])
    if name.startswith("mixed"):
        assert [tensor["name"] for tensor in signature["inputs"]] == [*_FRAME.columns]


@pytest.mark.filterwarnings("ignore")
def test_an_example_with_missing_values_is_kept() -> None:
    model = XGBClassifier(n_estimators=2).fit(_HOLES, y)
    kept = to_onnx(model, np.array([[np.nan, 1.5, 2.5, 0.5], [1.0, 2.0, 3.0, 4.0]], np.float32)).metadata["example"]
    assert kept == {"inputs": {"X": [[None, 1.5, 2.5, 0.5], [1.0, 2.0, 3.0, 4.0]]}}


def test_metadata_describes_the_model_and_keeps_an_example() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    converted = to_onnx(linear_model.LogisticRegression(max_iter=500).fit(frame, _WORDS), frame[:5])
    metadata = converted.metadata
    assert converted.framework == metadata["framework"] == "sklearn"
    assert metadata["class_names"] == ["setosa", "versicolor", "virginica"]
    assert metadata["feature_names"] == ["a", "b", "c", "d"]
    assert {"sklearn", "skl2onnx"} <= set(metadata["libraries"])
    assert len(metadata["example"]["inputs"]["X"]) == 2


@pytest.mark.filterwarnings("ignore")
def test_names_of_classes_may_be_given() -> None:
    model = XGBClassifier(n_estimators=2).fit(X, y)
    converted = to_onnx(model, X[:5], class_names=["setosa", "versicolor", "virginica"])
    assert converted.metadata["class_names"] == ["setosa", "versicolor", "virginica"]
    assert converted.framework == "xgboost"


@pytest.mark.filterwarnings("ignore")
def test_an_estimator_that_has_no_converter_is_refused_with_advice() -> None:
    model = pipeline.make_pipeline(preprocessing.FunctionTransformer(np.log1p), linear_model.Ridge()).fit(X, y)
    with pytest.raises(errors.ConversionError, match="skl2onnx supports") as caught:
        to_onnx(model, X[:5])
    assert "\n" not in str(caught.value)


def test_a_file_that_answers_otherwise_is_refused_beyond_the_tolerance() -> None:
    model = linear_model.LinearRegression().fit(X, X[:, 0])
    right = model.predict
    model.predict = lambda data: right(data) + 0.5
    with pytest.raises(errors.ConversionError, match=r"differ from the object's by up to 0\.5"):
        to_onnx(model, X[:5])
    assert to_onnx(model, X[:5], tolerance=0.6).difference == pytest.approx(0.5, abs=1e-4)


class _Torch:
    __module__ = "torch.nn"


@pytest.mark.parametrize(
    ("model", "words"), [(_Torch(), r"torch\.nn\.Module"), (object(), "neither a file nor a model")]
)
def test_an_object_that_is_no_such_model_is_refused_with_what_to_do(model: Any, words: str) -> None:
    with pytest.raises(errors.ConversionError, match=words):
        to_onnx(model, X[:5])


@pytest.mark.parametrize("example", [[], X[0], np.zeros((2, 2, 2))], ids=["empty", "one row", "three dimensions"])
def test_an_example_that_is_none_is_refused(example: Any) -> None:
    with pytest.raises(errors.ConversionError, match="example"):
        to_onnx(linear_model.LinearRegression().fit(X, X[:, 0]), example)


def test_a_library_that_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(errors.ConversionError, match=r"pip install 'maas-client\[onnx\]'"):
        to_onnx(linear_model.LinearRegression().fit(X, X[:, 0]), X[:5])


_ALONE = """
import os
from maas_client.convert import to_onnx
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

texts = ["Good", "bad", "GOOD day", "bad \u00c9T\u00c9"]
model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [1, 0, 1, 0])
for _ in range(2):
    print(to_onnx(model, texts).difference <= 1e-3, os.environ.get("LOCPATH"))
"""


@pytest.mark.parametrize("variables", [{}, {"LOCPATH": "/nowhere"}], ids=["as it is", "with a path of locales"])
def test_a_model_of_texts_needs_no_locale_of_the_machine(variables: dict[str, str]) -> None:
    """In a process of its own: the other tests load the server's locales, for good."""
    environment = {name: value for name, value in os.environ.items() if name != "LOCPATH"} | variables
    done = subprocess.run([sys.executable, "-c", _ALONE], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [f"True {variables.get('LOCPATH')}"] * 2, done.stderr
