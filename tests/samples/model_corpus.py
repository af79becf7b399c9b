"""Small models as people have them, made at test time: each with a request, as JSON would bring it."""

import functools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Case:
    """A model's file, and arrays by input name."""

    file: bytes
    inputs: Mapping[str, Array]


MODELS: dict[str, Callable[[], Case]] = {}
_KINDS: Mapping[str, int] = {
    "f": TensorProto.FLOAT,
    "d": TensorProto.DOUBLE,
    "h": TensorProto.FLOAT16,
    "i": TensorProto.INT64,
    "b": TensorProto.INT8,
    "B": TensorProto.UINT8,
    "Q": TensorProto.UINT64,
    "?": TensorProto.BOOL,
    "s": TensorProto.STRING,
}


def _named(name: str, make: Callable[[], Case]) -> None:
    MODELS[name] = make


@functools.cache
def iris(*, holes: bool = False) -> tuple[Array, Array]:
    """Flowers as float32, and species. `holes` makes some numbers NaN."""
    from sklearn.datasets import load_iris

    features, species = load_iris(return_X_y=True)
    features = features.astype(np.float32)
    if holes:
        features[::5, 1] = np.nan
    return features, species


def _sklearn(model: Any, *, holes: bool = False, target: str = "species") -> Case:
    from skl2onnx import to_onnx

    features, species = iris(holes=holes)
    targets = {
        "species": species,
        "names": np.array(["setosa", "versicolor", "virginica"])[species],
        "width": features[:, 3],
        "two": features[:, 2:],
        "virginica": species == 2,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(features, targets[target])
        converters = {"zipmap": False} if hasattr(model, "predict_proba") else {}
        converted = {id(model): converters} if converters else None
        file = to_onnx(model, features[:1], options=converted, target_opset={"": 21, "ai.onnx.ml": 3})
    return Case(bytes(file.SerializeToString()), {"X": features[[0, 5, 60, 149]]})


def _sklearn_cases() -> None:
    from sklearn import (
        cluster,
        discriminant_analysis,
        ensemble,
        gaussian_process,
        linear_model,
        naive_bayes,
        neighbors,
        neural_network,
        svm,
        tree,
    )
    from sklearn.decomposition import PCA
    from sklearn.impute import KNNImputer, SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import KBinsDiscretizer, MinMaxScaler, PolynomialFeatures, StandardScaler

    species: dict[str, Callable[[], Any]] = {
        "logistic regression": linear_model.LogisticRegression,
        "decision tree": lambda: tree.DecisionTreeClassifier(random_state=0),
        "random forest": lambda: ensemble.RandomForestClassifier(5, random_state=0),
        "extra trees": lambda: ensemble.ExtraTreesClassifier(5, random_state=0),
        "gradient boosting": lambda: ensemble.GradientBoostingClassifier(n_estimators=3, random_state=0),
        "ada boost": lambda: ensemble.AdaBoostClassifier(n_estimators=3, random_state=0),
        "voting": lambda: ensemble.VotingClassifier(
            [("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier(random_state=0))],
            voting="soft",
            flatten_transform=False,
        ),
        "stacking": lambda: ensemble.StackingClassifier(
            [("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier(random_state=0))]
        ),
        "support vectors": lambda: svm.SVC(probability=True, random_state=0),
        "linear support vectors": svm.LinearSVC,
        "nearest neighbours": neighbors.KNeighborsClassifier,
        "naive bayes": naive_bayes.GaussianNB,
        "linear discriminant": discriminant_analysis.LinearDiscriminantAnalysis,
        "quadratic discriminant": discriminant_analysis.QuadraticDiscriminantAnalysis,
        "neural network": lambda: neural_network.MLPClassifier((5,), max_iter=20, random_state=0),
        "scaled pipeline": lambda: make_pipeline(StandardScaler(), PCA(2), linear_model.LogisticRegression()),
        "polynomial pipeline": lambda: make_pipeline(StandardScaler(), PolynomialFeatures(2), linear_model.Ridge()),
        "bins pipeline": lambda: make_pipeline(
            KBinsDiscretizer(3, encode="onehot-dense"), linear_model.LogisticRegression()
        ),
        "k-means": lambda: cluster.KMeans(3, random_state=0),
        "isolation forest": lambda: ensemble.IsolationForest(n_estimators=5, random_state=0),
        "min-max scaler": MinMaxScaler,
    }
    for name, make in species.items():
        _named(name, lambda make=make: _sklearn(make()))  # type: ignore[misc]
    numbers: dict[str, Callable[[], Any]] = {
        "linear regression": linear_model.LinearRegression,
        "ridge": linear_model.Ridge,
        "forest of numbers": lambda: ensemble.RandomForestRegressor(5, random_state=0),
        "boosted numbers": lambda: ensemble.GradientBoostingRegressor(n_estimators=3, random_state=0),
        "support vector regression": svm.SVR,
        "neighbours' mean": neighbors.KNeighborsRegressor,
        "gaussian process": lambda: gaussian_process.GaussianProcessRegressor(),
    }
    for name, make in numbers.items():
        _named(name, lambda make=make: _sklearn(make(), target="width"))  # type: ignore[misc]
    _named("two numbers at once", lambda: _sklearn(linear_model.LinearRegression(), target="two"))
    _named("names of classes", lambda: _sklearn(linear_model.LogisticRegression(), target="names"))
    _named("yes or no", lambda: _sklearn(linear_model.LogisticRegression(), target="virginica"))
    _named("mean imputer", lambda: _sklearn(SimpleImputer(), holes=True))
    _named("nearest neighbours imputer", lambda: _sklearn(KNNImputer(), holes=True))


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


def _text_cases() -> None:
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    _named("words of texts", lambda: _text(TfidfVectorizer()))
    _named("counted words", lambda: _text(CountVectorizer(lowercase=False)))
    _named("pairs of words", lambda: _text(CountVectorizer(ngram_range=(1, 2), token_pattern="[a-zA-Z]+")))
    _named("letters of texts", lambda: _text(TfidfVectorizer(analyzer="char", ngram_range=(2, 3))))
    _named("table of passengers", _table)
    _named("one-hot words", _one_hot)


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


def _boosted_cases() -> None:
    _named("xgboost classifier", lambda: _boosted("xgboost", "XGBClassifier"))
    _named("xgboost regressor", lambda: _boosted("xgboost", "XGBRegressor"))
    _named("xgboost with holes", lambda: _boosted("xgboost", "XGBClassifier", holes=True))
    _named("lightgbm classifier", lambda: _boosted("lightgbm", "LGBMClassifier"))
    _named("lightgbm regressor", lambda: _boosted("lightgbm", "LGBMRegressor"))
    _named("lightgbm with holes", lambda: _boosted("lightgbm", "LGBMClassifier", holes=True))


def graph(
    nodes: list[Any],
    inputs: Mapping[str, tuple[str, list[Any]]],
    outputs: Mapping[str, tuple[str, list[Any]]],
    constants: Mapping[str, Array] | None = None,
    **opsets: int,
) -> bytes:
    """An ONNX file. Inputs and outputs have a letter of `_KINDS` and a shape. `ms` is the opset of com.microsoft."""
    made = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, _KINDS[kind], shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, _KINDS[kind], shape) for name, (kind, shape) in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    imports = [helper.make_opsetid("", 21), *(helper.make_opsetid(_DOMAINS[name], 1) for name in opsets)]
    return helper.make_model(made, opset_imports=imports, ir_version=10).SerializeToString()


_DOMAINS = {"ms": "com.microsoft"}
_NODE = helper.make_node
_RANDOM = np.random.default_rng(0)


def _numbers(*shape: int) -> Array:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def _image() -> Case:
    nodes = [
        _NODE("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        _NODE("Relu", ["c"], ["r"]),
        _NODE("GlobalAveragePool", ["r"], ["g"]),
        _NODE("Flatten", ["g"], ["f"]),
        _NODE("Softmax", ["f"], ["y"]),
    ]
    file = graph(nodes, {"x": ("f", [None, 3, 8, 8])}, {"y": ("f", [None, 4])}, {"w": _numbers(4, 3, 3, 3)})
    return Case(file, {"x": _numbers(2, 3, 8, 8)})


def _lstm() -> Case:
    nodes = [_NODE("LSTM", ["x", "w", "r"], ["y", "h"], hidden_size=3)]
    constants = {"w": _numbers(1, 12, 2), "r": _numbers(1, 12, 3)}
    file = graph(nodes, {"x": ("f", [5, None, 2])}, {"y": ("f", [5, 1, None, 3]), "h": ("f", [1, None, 3])}, constants)
    return Case(file, {"x": _numbers(5, 2, 2)})


def _embedding() -> Case:
    nodes = [_NODE("Gather", ["table", "ids"], ["e"]), _NODE("ReduceMean", ["e", "axis"], ["y"], keepdims=0)]
    constants = {"table": _numbers(10, 4), "axis": np.array([1])}
    return Case(
        graph(nodes, {"ids": ("i", [None, None])}, {"y": ("f", [None, 4])}, constants),
        {"ids": np.array([[1, 2, 9], [0, 0, 3]])},
    )


def _dynamic_quantized() -> Case:
    nodes = [
        _NODE("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
        _NODE("MatMulInteger", ["q", "w", "z"], ["i"]),
        _NODE("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
        _NODE("Mul", ["f", "s"], ["y"]),
    ]
    weights = np.arange(12, dtype=np.uint8).reshape(4, 3)
    return Case(graph(nodes, {"x": ("f", [None, 4])}, {"y": ("f", [None, 3])}, {"w": weights}), {"x": _numbers(2, 4)})


def _optimized(name: str) -> Case:
    """A file that ONNX Runtime's own optimizer wrote, with fused operators of com.microsoft."""
    import tempfile
    from pathlib import Path

    case = _image() if name == "FusedConv" else _gelu()
    with tempfile.TemporaryDirectory() as folder:
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(Path(folder) / "model.onnx")
        ort.InferenceSession(case.file, options, providers=["CPUExecutionProvider"])
        file = Path(options.optimized_model_filepath).read_bytes()
    assert name.encode() in file
    return Case(file, case.inputs)


def _gelu() -> Case:
    """x / 2 * (1 + erf(x / sqrt 2)), as PyTorch's exporter writes it."""
    nodes = [
        _NODE("Div", ["x", "root"], ["d"]),
        _NODE("Erf", ["d"], ["e"]),
        _NODE("Add", ["e", "one"], ["a"]),
        _NODE("Mul", ["x", "a"], ["m"]),
        _NODE("Mul", ["m", "half"], ["y"]),
    ]
    constants = {name: np.array(number, np.float32) for name, number in [("root", 2**0.5), ("one", 1), ("half", 0.5)]}
    return Case(graph(nodes, {"x": ("f", [None, 4])}, {"y": ("f", [None, 4])}, constants), {"x": _numbers(2, 4)})


def _loop() -> Case:
    body = helper.make_graph(
        [_NODE("Identity", ["go"], ["on"]), _NODE("Mul", ["before", "two"], ["after"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, [None]),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, [None]),
        ],
    )
    nodes = [_NODE("Loop", ["times", "yes", "x"], ["y"], body=body)]
    constants = {"yes": np.array(True), "two": np.array(2, np.float32)}
    inputs = {"times": ("i", []), "x": ("f", [None])}
    return Case(
        graph(nodes, inputs, {"y": ("f", [None])}, constants), {"times": np.array(5), "x": np.array([1, 3], np.float32)}
    )


def _same(kind: str, values: Array) -> Case:
    return Case(graph([_NODE("Identity", ["x"], ["y"])], {"x": (kind, [None])}, {"y": (kind, [None])}), {"x": values})


def _graph_cases() -> None:
    _named("image network", _image)
    _named("recurrent network", _lstm)
    _named("embedding", _embedding)
    _named("loop with a scalar", _loop)
    _named("quantized while running", _dynamic_quantized)
    _named("fused convolution", lambda: _optimized("FusedConv"))
    _named("fused gelu", lambda: _optimized("Gelu"))
    _named(
        "contributed gelu",
        lambda: Case(
            graph(
                [_NODE("Gelu", ["x"], ["y"], domain="com.microsoft")], {"x": ("f", [None])}, {"y": ("f", [None])}, ms=1
            ),
            {"x": np.array([-1, 0, 2], np.float32)},
        ),
    )
    _named(
        "best two of a row",
        lambda: Case(
            graph(
                [_NODE("TopK", ["x", "k"], ["v", "i"])],
                {"x": ("f", [None, None])},
                {"v": ("f", [None, 2]), "i": ("i", [None, 2])},
                {"k": np.array([2])},
            ),
            {"x": np.array([[1, 5, 3], [9, 7, 8]], np.float32)},
        ),
    )
    _named(
        "positions of numbers",
        lambda: Case(
            graph([_NODE("NonZero", ["x"], ["y"])], {"x": ("f", [None])}, {"y": ("i", [1, None])}),
            {"x": np.array([0, 1, 0, 2], np.float32)},
        ),
    )
    _named(
        "words put together",
        lambda: Case(
            graph(
                [_NODE("StringConcat", ["a", "b"], ["y"])],
                {"a": ("s", [None]), "b": ("s", [None])},
                {"y": ("s", [None])},
            ),
            {"a": np.array(["é", ""], object), "b": np.array(["x", "日本"], object)},
        ),
    )
    _named(
        "logarithm below zero",
        lambda: Case(
            graph([_NODE("Log", ["x"], ["y"])], {"x": ("f", [None])}, {"y": ("f", [None])}),
            {"x": np.array([1, 0, -1], np.float32)},
        ),
    )
    _named("double numbers", lambda: _same("d", np.array([0.1, 1e300])))
    _named("half numbers", lambda: _same("h", np.array([0.1, 65504], np.float16)))
    _named("small integers", lambda: _same("b", np.array([-128, 127], np.int8)))
    _named("bytes", lambda: _same("B", np.array([0, 255], np.uint8)))
    _named("large integers", lambda: _same("Q", np.array([0, 2**64 - 1], np.uint64)))
    _named("truths", lambda: _same("?", np.array([True, False])))


_sklearn_cases()
_text_cases()
_boosted_cases()
_graph_cases()
