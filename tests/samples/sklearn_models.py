"""Models of scikit-learn, converted by skl2onnx."""

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from skl2onnx import to_onnx
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

from tests.samples.model_case import Case, iris


def _sklearn(model: Any, *, holes: bool = False, target: str = "species") -> Case:
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


def _trained(make: Callable[[], Any], target: str = "species") -> Case:
    return _sklearn(make(), target=target)


SPECIES: Mapping[str, Callable[[], Any]] = {
    "logistic regression": linear_model.LogisticRegression,
    "decision tree": lambda: tree.DecisionTreeClassifier(random_state=0),
    "random forest": lambda: ensemble.RandomForestClassifier(5, random_state=0),
    "extra trees": lambda: ensemble.ExtraTreesClassifier(5, random_state=0),
    "gradient boosting": lambda: ensemble.GradientBoostingClassifier(n_estimators=3, random_state=0),
    "ada boost": lambda: ensemble.AdaBoostClassifier(n_estimators=3, random_state=0),
    "voting": lambda: ensemble.VotingClassifier(
        [("a", linear_model.LogisticRegression(max_iter=1000)), ("b", tree.DecisionTreeClassifier(random_state=0))],
        voting="soft",
        flatten_transform=False,
    ),
    "stacking": lambda: ensemble.StackingClassifier(
        [("a", linear_model.LogisticRegression(max_iter=1000)), ("b", tree.DecisionTreeClassifier(random_state=0))],
        final_estimator=linear_model.LogisticRegression(max_iter=1000),
    ),
    "support vectors": lambda: svm.SVC(probability=True, random_state=0),
    "linear support vectors": svm.LinearSVC,
    "nearest neighbours": neighbors.KNeighborsClassifier,
    "naive bayes": naive_bayes.GaussianNB,
    "linear discriminant": discriminant_analysis.LinearDiscriminantAnalysis,
    "quadratic discriminant": discriminant_analysis.QuadraticDiscriminantAnalysis,
    "neural network": lambda: neural_network.MLPClassifier((5,), max_iter=20, random_state=0),
    "scaled pipeline": lambda: make_pipeline(StandardScaler(), PCA(2), linear_model.LogisticRegression(max_iter=1000)),
    "polynomial pipeline": lambda: make_pipeline(StandardScaler(), PolynomialFeatures(2), linear_model.Ridge()),
    "bins pipeline": lambda: make_pipeline(
        KBinsDiscretizer(3, encode="onehot-dense"), linear_model.LogisticRegression(max_iter=1000)
    ),
    "k-means": lambda: cluster.KMeans(3, random_state=0),
    "isolation forest": lambda: ensemble.IsolationForest(n_estimators=5, random_state=0),
    "min-max scaler": MinMaxScaler,
}
NUMBERS: Mapping[str, Callable[[], Any]] = {
    "linear regression": linear_model.LinearRegression,
    "ridge": linear_model.Ridge,
    "forest of numbers": lambda: ensemble.RandomForestRegressor(5, random_state=0),
    "boosted numbers": lambda: ensemble.GradientBoostingRegressor(n_estimators=3, random_state=0),
    "support vector regression": svm.SVR,
    "neighbours' mean": neighbors.KNeighborsRegressor,
    "gaussian process": lambda: gaussian_process.GaussianProcessRegressor(),
}
SKLEARN: Mapping[str, Callable[[], Case]] = {
    **{name: functools.partial(_trained, make) for name, make in SPECIES.items()},
    **{name: functools.partial(_trained, make, target="width") for name, make in NUMBERS.items()},
    "two numbers at once": lambda: _sklearn(linear_model.LinearRegression(), target="two"),
    "names of classes": lambda: _sklearn(linear_model.LogisticRegression(max_iter=1000), target="names"),
    "yes or no": lambda: _sklearn(linear_model.LogisticRegression(max_iter=1000), target="virginica"),
    "mean imputer": lambda: _sklearn(SimpleImputer(), holes=True),
    "nearest neighbours imputer": lambda: _sklearn(KNNImputer(), holes=True),
}
