"""Trains the model of the demo: a random forest on the iris data set, converted to ONNX."""

from dataclasses import dataclass

HELD_OUT = 30
_SEED = 7


@dataclass(frozen=True, slots=True)
class Trained:
    """The model and its test data.

    `rows` are the held-out flowers, four lengths in cm each. `answers` are scikit-learn's classes for them.
    """

    onnx: bytes
    class_names: list[str]
    rows: list[list[float]]
    answers: list[int]


def train() -> Trained:
    """Trains on 120 of the 150 flowers. scikit-learn is imported here, because that takes longer than the training."""
    from skl2onnx import to_onnx
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import train_test_split

    iris = load_iris()
    known, held_out, classes, _ = train_test_split(
        iris.data, iris.target, test_size=HELD_OUT, random_state=_SEED, stratify=iris.target
    )
    forest = RandomForestClassifier(n_estimators=25, random_state=_SEED).fit(known, classes)
    # Without zipmap the probabilities are a tensor, the only type that the server accepts.
    converted = to_onnx(forest, known[:1].astype("float32"), options={"zipmap": False})
    return Trained(
        onnx=converted.SerializeToString(),
        class_names=[str(name) for name in iris.target_names],
        rows=held_out.tolist(),
        answers=forest.predict(held_out).tolist(),
    )
