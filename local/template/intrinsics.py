"""CloudFormation's language: YAML with short tags, and the evaluation of intrinsic functions."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from local.errors import TemplateError

_PLACEHOLDER = re.compile(r"\$\{([^!{}][^{}]*)\}")
_LITERAL = re.compile(r"\$\{!([^{}]*)\}")
_NO_VALUE = object()


class _Loader(yaml.SafeLoader):
    """A YAML loader that accepts CloudFormation's short tags and keeps dates as strings, as CloudFormation does."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """Converts `!Name value` to `{"Fn::Name": value}`; Ref and Condition get no prefix."""
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load(path: Path) -> dict[str, Any]:
    """Returns the document with its intrinsic functions in the long form.

    Raises:
        TemplateError: the file is missing, is not YAML, or is not a mapping.
    """
    try:
        document = yaml.load(path.read_text(), _Loader)  # noqa: S506  a SafeLoader subclass
    except (OSError, yaml.YAMLError) as error:
        raise TemplateError(str(path), str(error)) from error
    if not isinstance(document, dict):
        raise TemplateError(str(path), "is not a mapping")
    return document


def references(node: Any) -> set[str]:
    """Returns every name that Ref, GetAtt or Sub use in this node."""
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    names = set().union(*map(references, node.values()))
    if isinstance(node.get("Ref"), str):
        names.add(node["Ref"])
    if "Fn::GetAtt" in node:
        names.add(_attribute_path(node["Fn::GetAtt"])[0])
    sub = node.get("Fn::Sub")
    text = sub[0] if isinstance(sub, list) else sub
    if isinstance(text, str):
        names.update(name.split(".")[0] for name in _PLACEHOLDER.findall(text))
    return names


def _attribute_path(value: Any) -> tuple[str, str]:
    """Splits `A.B` or `[A, B]` into resource and attribute. The attribute may contain dots."""
    name, _, attribute = value.partition(".") if isinstance(value, str) else (value[0], "", value[1])
    return name, attribute


class Resolver:
    """Evaluates intrinsic functions.

    `values` are the values of Ref for parameters and pseudo parameters. `attributes` has, for each resource, the
    values of Ref (key "Ref") and GetAtt; entries may be added while resources are created.
    """

    def __init__(self, values: Mapping[str, Any], conditions: Mapping[str, Any]) -> None:
        self._values = values
        self._conditions = conditions
        self.attributes: dict[str, dict[str, str]] = {}
        self._functions: dict[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Condition": self._condition,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::Equals": self._equals,
            "Fn::Not": self._not,
            "Fn::And": lambda value, where: all(self.resolve(value, where)),
            "Fn::Or": lambda value, where: any(self.resolve(value, where)),
        }

    def resolve(self, node: Any, where: str) -> Any:
        """Returns the node's plain value. `where` is its place in the template, for error messages.

        Raises:
            TemplateError: a function or name is unknown, or a function has arguments of the wrong shape.
        """
        if isinstance(node, list):
            items = [self.resolve(item, f"{where}[{index}]") for index, item in enumerate(node)]
            return [item for item in items if item is not _NO_VALUE]
        if not isinstance(node, dict):
            return node
        function = next((key for key in node if key == "Ref" or str(key).startswith("Fn::")), None)
        if function is None and list(node) == ["Condition"] and isinstance(node["Condition"], str):
            function = "Condition"
        if function is not None:
            return self._call(function, node, where)
        items_by_key = {key: self.resolve(value, f"{where}.{key}") for key, value in node.items()}
        return {key: value for key, value in items_by_key.items() if value is not _NO_VALUE}

    def evaluate_condition(self, name: str, where: str) -> bool:
        """Returns whether the template's condition called `name` is true."""
        return bool(self._condition(name, where))

    def _call(self, function: str, node: dict[str, Any], where: str) -> Any:
        if function not in self._functions:
            raise TemplateError(where, f"the local stack does not support {function}")
        if len(node) != 1:
            raise TemplateError(where, f"{function} must be the only key of its mapping")
        try:
            return self._functions[function](node[function], where)
        except (TypeError, ValueError, IndexError, KeyError) as error:
            raise TemplateError(where, f"{function} does not accept {node[function]!r}") from error

    def _ref(self, name: str, where: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in self._values:
            return self._values[name]
        return self._attribute(name, "Ref", where)

    def _get_att(self, value: Any, where: str) -> str:
        return self._attribute(*_attribute_path(value), where)

    def _attribute(self, name: str, attribute: str, where: str) -> str:
        if name not in self.attributes:
            raise TemplateError(where, f"refers to {name!r}, which is not declared or is not run locally")
        if attribute not in self.attributes[name]:
            raise TemplateError(where, f"the local stack does not support the attribute {attribute!r} of {name}")
        return self.attributes[name][attribute]

    def _sub(self, value: Any, where: str) -> str:
        text, own = (value, {}) if isinstance(value, str) else (value[0], self.resolve(value[1], where))

        def fill(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in own:
                return str(own[name])
            return str(self._get_att(name, where) if "." in name else self._ref(name, where))

        return _LITERAL.sub(r"${\1}", _PLACEHOLDER.sub(fill, text))

    def _join(self, value: Any, where: str) -> str:
        separator, items = self.resolve(value, where)
        return str(separator).join(map(str, items))

    def _select(self, value: Any, where: str) -> Any:
        index, items = self.resolve(value, where)
        return items[int(index)]

    def _split(self, value: Any, where: str) -> list[str]:
        separator, text = self.resolve(value, where)
        return str(text).split(separator)

    def _if(self, value: Any, where: str) -> Any:
        name, then, otherwise = value
        return self.resolve(then if self.evaluate_condition(name, where) else otherwise, where)

    def _equals(self, value: Any, where: str) -> bool:
        left, right = self.resolve(value, where)
        return str(left) == str(right)

    def _not(self, value: Any, where: str) -> bool:
        (condition,) = self.resolve(value, where)
        return not condition

    def _condition(self, name: str, where: str) -> Any:
        if name not in self._conditions:
            raise TemplateError(where, f"there is no condition called {name!r}")
        return self.resolve(self._conditions[name], f"Conditions.{name}")
