"""template.yaml with its parameters set: resources by type, with properties and references resolved."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.aws_account import ACCOUNT, REGION
from local.errors import TemplateError
from local.template import intrinsics
from local.template.checks import as_text, required

FUNCTION, LAYER, API = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion", "AWS::Serverless::HttpApi"
TASK = "AWS::ECS::TaskDefinition"
TABLE, QUEUE, BUCKET, SECRET, BUS, RULE = (
    "AWS::DynamoDB::Table",
    "AWS::SQS::Queue",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
)
PROVISIONED = (TABLE, QUEUE, BUCKET, SECRET, BUS, RULE)
# Permissions, keys, logs and alarms. Nothing on one machine uses them, so they cause no remark.
_AWS_ONLY_TYPES = (
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
    """The template's resources. A reference to a provisioned resource fails until `set_attributes` is called for it."""

    def __init__(self, path: Path, parameters: Mapping[str, str]) -> None:
        """Reads the file. Raises TemplateError if the file or a parameter is not valid."""
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
            if "Condition" not in body or self._resolver.evaluate_condition(body["Condition"], f"{name}.Condition")
        }
        for name, body in self._resources.items():
            self._set_static_attributes(name, body.get("Type", ""))

    def of_type(self, *types: str) -> list[str]:
        """Logical ids of the resources of these types, in the order of the file."""
        return [name for name, body in self._resources.items() if body.get("Type") in types]

    def type_of(self, name: str) -> str:
        """The resource's CloudFormation type."""
        return str(self._resources[name].get("Type"))

    def properties(self, name: str, without: Sequence[str] = ()) -> dict[str, Any]:
        """A resource's resolved properties. Those of functions and of the API are merged with Globals, as in SAM.

        The properties in `without` are removed before references are resolved.
        """
        own = self._resolver.resolve(_without(self._resources[name].get("Properties", {}), without), name)
        merged: dict[str, Any] = _merged(self.defaults(self.type_of(name), without), own)
        return merged

    def list_property(self, name: str, key: str, without: Sequence[str]) -> list[dict[str, Any]]:
        """The resolved items of one property that is a list; other properties of the resource are not resolved.

        The keys in `without` are removed from each item first.
        """
        items = self._resources[name].get("Properties", {}).get(key, [])
        found: list[dict[str, Any]] = self._resolver.resolve(
            [_without(item, without) for item in items], f"{name}.{key}"
        )
        return found

    def defaults(self, resource_type: str, without: Sequence[str] = ()) -> dict[str, Any]:
        """The properties that Globals sets for every resource of this type."""
        section = resource_type.removeprefix("AWS::Serverless::")
        found: dict[str, Any] = self._resolver.resolve(
            _without(self._globals.get(section, {}), without), f"Globals.{section}"
        )
        return found

    def dependencies(self, name: str) -> set[str]:
        """The provisioned resources that this one refers to."""
        return intrinsics.references(self._resources[name].get("Properties", {})) & {*self.of_type(*PROVISIONED)}

    def set_attributes(self, name: str, attributes: Mapping[str, str]) -> None:
        """Sets the values of Ref (key "Ref") and GetAtt for a resource."""
        self._resolver.attributes[name] = dict(attributes)

    def attribute(self, name: str, attribute: str) -> str:
        """The value of GetAtt for a resource, or of Ref for the attribute "Ref"."""
        return self._resolver.attributes[name][attribute]

    def remarks(self) -> list[str]:
        """One line for each resource that does not run locally and has an effect on AWS."""
        known = (*PROVISIONED, FUNCTION, LAYER, API, TASK)
        return [
            f"{name} ({self.type_of(name)}) is not run locally"
            for name in self._resources
            if self.type_of(name) not in known and not self.type_of(name).startswith(_AWS_ONLY_TYPES)
        ]

    def _set_static_attributes(self, name: str, resource_type: str) -> None:
        """Sets the attributes of resources that need no provisioning."""
        prefix = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:"
        if resource_type == FUNCTION:
            physical = f"{self.stack_name}-{name}"
            self.set_attributes(name, {"Ref": physical, "Arn": prefix.format("lambda") + f"function:{physical}"})
        elif resource_type == LAYER:
            self.set_attributes(name, {"Ref": prefix.format("lambda") + f"layer:{name}:1"})
        elif resource_type == API:
            self.set_attributes(name, {"Ref": name})
        elif resource_type == "AWS::IAM::Role":
            self.set_attributes(name, {"Ref": name, "Arn": f"arn:aws:iam::{ACCOUNT}:role/{self.stack_name}-{name}"})


def _parameters(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    for name in given:
        if name not in declared:
            raise TemplateError(f"Parameters.{name}", "the template does not declare this parameter")
    return {name: _parameter(name, body, given.get(name)) for name, body in declared.items()}


def _parameter(name: str, body: Mapping[str, Any], given: str | None) -> Any:
    where = f"Parameters.{name}"
    value = given if given is not None else required(body, "Default", where)
    if "AllowedValues" in body and value not in body["AllowedValues"]:
        raise TemplateError(where, f"{value!r} is not one of {', '.join(map(as_text, body['AllowedValues']))}")
    if "AllowedPattern" in body and not re.fullmatch(body["AllowedPattern"], as_text(value)):
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
    """Merges by SAM's rule for Globals: mappings merge, lists are concatenated, any other value is replaced.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
    """
    if isinstance(base, dict) and isinstance(own, dict):
        return base | {key: _merged(base[key], value) if key in base else value for key, value in own.items()}
    if isinstance(base, list) and isinstance(own, list):
        return base + own
    return own
