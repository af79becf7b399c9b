"""XGBoost's model as JSON or UBJSON: trees whose nodes fit together, or weights.

https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html
"""

import json
from array import array
from collections.abc import Sequence
from typing import Any

from maas.adapters.formats import strict_json, ubjson
from maas.adapters.formats.findings import Found, digest
from maas.adapters.formats.foreign import is_text
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import Source

JSON_MAX = 64 << 20
_BOOSTERS = ("gbtree", "dart", "gblinear")
_NODES = ("left_children", "right_children", "split_indices", "split_conditions")
_NOT = "the file is JSON, and not a model of XGBoost: it has no"


def is_ubjson(head: bytes, size: int) -> bool:
    """Returns whether a file begins as an object of UBJSON. The YAML {id: 1} is a text, and none."""
    begins = head[:1] == b"{" and head[1:2] in (b"L", b"l", b"i", b"U", b"I", b"u", b"m") and len(head) > 3
    return begins and not is_text(head, size)


def read(file: Source) -> Found:
    """Reads UBJSON. Raises RefusedError."""
    found = ubjson.loads(file.head(file.size))
    if not isinstance(found, dict) or "learner" not in found:
        raise damaged("it is UBJSON, and not a model of XGBoost")
    return describe(found, "xgboost_ubj")


def read_json(data: bytes) -> dict[str, Any]:
    """Parses JSON that may be a model."""
    found = strict_json.loads(data, "it", numbers=False)
    return found if isinstance(found, dict) else {}


def describe(model: dict[str, Any], kind: str) -> Found:
    """Checks the parts of a model. Raises RefusedError."""
    learner = _part(model, "learner", dict)
    booster = _part(learner, "gradient_booster", dict)
    name = _part(booster, "name", str)
    if name not in _BOOSTERS:
        raise damaged("its booster is not gbtree, dart or gblinear")
    parameters = _part(learner, "learner_model_param", dict)
    inner = _part(booster, "gbtree", dict) if name == "dart" else booster
    body = _part(inner, "model", dict)
    features = _count(parameters, "num_feature")
    details = {
        "booster": name,
        "objective": str(_part(_part(learner, "objective", dict), "name", str)),
        "feature_count": features,
        "class_count": _count(parameters, "num_class"),
        "version": _version(model),
    }
    if name == "gblinear":
        return Found(kind, details={**details, "weight_count": len(_sequence(body, "weights"))})
    trees = _part(body, "trees", list)
    if len(trees) != _count(_part(body, "gbtree_model_param", dict), "num_trees"):
        raise damaged("it announces another number of trees than it has")
    nodes = [_nodes(tree, features) for tree in trees]
    names = learner.get("feature_names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise damaged("its feature_names are not texts")
    content = digest(json.dumps(tree, default=list, sort_keys=True).encode() for tree in trees)
    return Found(
        kind,
        details={
            **details,
            "tree_count": len(trees),
            "node_count": sum(nodes),
            "feature_names": names,
        },
        operators={("xgboost", "tree"): (len(trees), content)} if trees else {},
    )


def _version(model: dict[str, Any]) -> list[int]:
    """The three numbers of the version of XGBoost; empty if the model does not tell it."""
    found = model.get("version", [])
    if isinstance(found, array):
        found = list(found)
    if not isinstance(found, list) or any(type(each) is not int or not 0 <= each < 1 << 31 for each in found):
        raise damaged("its version is not a list of numbers")
    return found[:3]


def _nodes(tree: Any, features: int) -> int:
    """The number of a tree's nodes. Raises RefusedError unless its lists fit together and its children exist."""
    if not isinstance(tree, dict):
        raise damaged("a tree is not an object")
    count = _count(_part(tree, "tree_param", dict), "num_nodes")
    left, right, splits, conditions = (_sequence(tree, name) for name in _NODES)
    if not count or {len(each) for each in (left, right, splits, conditions)} != {count}:
        raise damaged("a tree has lists of different lengths")
    for child in (*left, *right):
        if type(child) is not int or not -1 <= child < count:
            raise damaged("a node of a tree has a child that is none")
    if any(type(each) is not int or not 0 <= each < max(features, 1) for each in splits):
        raise damaged("a node of a tree splits by a feature that the model does not have")
    return count


def _part(values: dict[str, Any], name: str, kind: type) -> Any:
    found = values.get(name)
    if not isinstance(found, kind):
        raise RefusedError(f"{_NOT} {name}")
    return found


def _sequence(values: dict[str, Any], name: str) -> Sequence[Any]:
    found = values.get(name)
    if not isinstance(found, list | array):
        raise RefusedError(f"{_NOT} {name}")
    return found


def _count(values: dict[str, Any], name: str) -> int:
    """A number that XGBoost writes as text."""
    text = str(values.get(name, "")).removeprefix("[").removesuffix("]")
    if not text.isdecimal() or len(text) > 12:
        raise damaged(f"{name} is not a number")
    return int(text)
