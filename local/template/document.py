"""template.yaml with its parameters set: resources by type, their properties and references resolved."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from local.aws_account import ACCOUNT, REGION
from local.errors import TemplateError
from local.template import intrinsics

FUNCTION, LAYER, API = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion", "AWS::Serverless::HttpApi"
TASK = "AWS::ECS::TaskDefinition"
TABLE, QUEUE, BUCKET, SECRET, BUS = (
    "AWS::DynamoDB::Table",
    "AWS::SQS::Queue",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::Events::EventBus",
)
PROVISIONED = (TABLE, QUEUE, BUCKET, SECRET, BUS)
# Rights, keys, logs, alarms, and stacks for AWS alone: nothing on one machine asks for them.
_QUIET = (
    "AWS::CloudWatch::",
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::Lambda::Permission",
    "AWS::Logs::",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::RotationSchedule",
)


class Template:
    """Resources get their attributes as they are made (`made`); until then, references to them fail."""

    def __init__(self, path: Path, parameters: Mapping[str, str]) -> None:
        """Raises TemplateError when the file or a parameter is not as it must be."""
        self.root = path.parent
        document = intrinsics.load(path)
        self._globals: dict[str, Any] = document.get("Globals", {})
        values = _parameters(document.get("Parameters", {}), parameters)
        self.stack_name = f"maas-{values['Stage']}" if "Stage" in values else "maas"
        self._resolver = intrinsics.Resolver(
            values | _pseudo_parameters(self.stack_name), document.get("Conditions", {})
        )
        self._resources: dict[str, dict[str, Any]] = {
            name: body
            for name, body in document.get("Resources", {}).items()
            if "Condition" not in body or self._resolver.holds(body["Condition"], f"{name}.Condition")
        }
        for name, body in self._resources.items():
            self._know_before_start(name, body.get("Type", ""))

    def of_type(self, *types: str) -> list[str]:
        """Logical ids of the resources of these types, in the file's order."""
        return [name for name, body in self._resources.items() if body.get("Type") in types]

    def type_of(self, name: str) -> str:
        """The resource's CloudFormation type."""
        return str(self._resources[name].get("Type"))

    def properties(self, name: str, without: Sequence[str] = ()) -> dict[str, Any]:
        """A resource's properties, resolved; for functions and the API merged with Globals as SAM does.

        Those in `without` are left out first, so what they refer to need not be known.
        """
        own = self._resolver.resolve(_without(self._resources[name].get("Properties", {}), without), name)
        merged: dict[str, Any] = _merged(self.defaults(self.type_of(name), without), own)
        return merged

    def part(self, name: str, key: str, without: Sequence[str]) -> list[dict[str, Any]]:
        """One property that is a list, resolved alone; of each item, those in `without` are left out first."""
        items = self._resources[name].get("Properties", {}).get(key, [])
        found: list[dict[str, Any]] = self._resolver.resolve(
            [_without(item, without) for item in items], f"{name}.{key}"
        )
        return found

    def defaults(self, resource_type: str, without: Sequence[str] = ()) -> dict[str, Any]:
        """What Globals sets for every resource of this type."""
        section = resource_type.removeprefix("AWS::Serverless::")
        found: dict[str, Any] = self._resolver.resolve(
            _without(self._globals.get(section, {}), without), f"Globals.{section}"
        )
        return found

    def dependencies(self, name: str) -> set[str]:
        """Provisioned resources that this one mentions."""
        return intrinsics.references(self._resources[name].get("Properties", {})) & {*self.of_type(*PROVISIONED)}

    def made(self, name: str, attributes: Mapping[str, str]) -> None:
        """Records what Ref ("Ref") and GetAtt give for a resource."""
        self._resolver.attributes[name] = dict(attributes)

    def attribute(self, name: str, attribute: str) -> str:
        """What GetAtt (or, for "Ref", Ref) gives for a resource that was made."""
        return self._resolver.attributes[name][attribute]

    def remarks(self) -> list[str]:
        """Resources that nothing runs locally, so that nobody believes they do."""
        known = (*PROVISIONED, FUNCTION, LAYER, API, TASK)
        return [
            f"{name} ({self.type_of(name)}) is not run locally"
            for name in self._resources
            if self.type_of(name) not in known and not self.type_of(name).startswith(_QUIET)
        ]

    def _know_before_start(self, name: str, resource_type: str) -> None:
        prefix = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:"
        if resource_type == FUNCTION:
            physical = f"{self.stack_name}-{name}"
            self.made(name, {"Ref": physical, "Arn": prefix.format("lambda") + f"function:{physical}"})
        elif resource_type == LAYER:
            self.made(name, {"Ref": prefix.format("lambda") + f"layer:{name}:1"})
        elif resource_type == API:
            self.made(name, {"Ref": name})
        elif resource_type == "AWS::IAM::Role":
            self.made(name, {"Ref": name, "Arn": f"arn:aws:iam::{ACCOUNT}:role/{self.stack_name}-{name}"})


@contextlib.contextmanager
def understood(where: str) -> Iterator[None]:
    """Inside, a value of the wrong shape (a list for a mapping, a word for a number) becomes a TemplateError."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TemplateError(where, f"is not of the expected shape ({error})") from error


def only(properties: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Nothing is dropped in silence: raises TemplateError at the first property that is not known."""
    for name in properties:
        if name not in known:
            raise TemplateError(f"{where}.{name}", "the local stack does not support this property")


def required(properties: Mapping[str, Any], name: str, where: str) -> Any:
    """The property's value; raises TemplateError when it is missing."""
    if name not in properties:
        raise TemplateError(where, f"{name} is missing")
    return properties[name]


def text(value: Any) -> str:
    """A value as CloudFormation hands it to a program."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parameters(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    for name in given:
        if name not in declared:
            raise TemplateError(f"Parameters.{name}", "no such parameter is declared")
    return {name: _parameter(name, body, given.get(name)) for name, body in declared.items()}


def _parameter(name: str, body: Mapping[str, Any], given: str | None) -> Any:
    where = f"Parameters.{name}"
    value = given if given is not None else required(body, "Default", where)
    if "AllowedValues" in body and value not in body["AllowedValues"]:
        raise TemplateError(where, f"{value!r} is none of {', '.join(map(text, body['AllowedValues']))}")
    if "AllowedPattern" in body and not re.fullmatch(body["AllowedPattern"], text(value)):
        raise TemplateError(where, f"{value!r} does not match {body['AllowedPattern']}")
    return value


def _pseudo_parameters(stack_name: str) -> dict[str, str]:
    return {
        "AWS::AccountId": ACCOUNT,
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack_name}/local",
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": "amazonaws.com",
    }


def _without(properties: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in names}


def _merged(base: Any, own: Any) -> Any:
    """SAM's rule for Globals: mappings merge, lists add up, anything else is replaced."""
    if isinstance(base, dict) and isinstance(own, dict):
        return base | {key: _merged(base[key], value) if key in base else value for key, value in own.items()}
    if isinstance(base, list) and isinstance(own, list):
        return base + own
    return own
