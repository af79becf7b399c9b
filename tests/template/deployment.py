"""The resources of one environment's deployment: all templates translated, with conditions evaluated."""

import functools
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.aws_account import ACCOUNT, REGION
from local.errors import TemplateError
from local.paths import ROOT
from local.template import intrinsics

ROOT_TEMPLATE = "template.yaml"
ENVIRONMENTS = ("dev", "prod")
Document = dict[str, Any]
Translate = Callable[[Document, Mapping[str, str]], Document]

# Tasks of each service: two survive the loss of a zone.
LEAST_TASKS = {"dev": 1, "prod": 2}
# Off by default; here it is on, so that every rule reads it too.
PREDICTOR = {
    "PredictorImage": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/maas-predictor:1",
    "PredictorCertificateArn": "arn",
}

FUNCTION, STACK = "AWS::Lambda::Function", "AWS::CloudFormation::Stack"
_PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "maas",
    "AWS::URLSuffix": "amazonaws.com",
}


@dataclass(frozen=True)
class Sources:
    """The templates by path, parsed and as text, and samconfig.toml's parameters for each environment.

    No part is shared between two places, so that a test can change each one alone.
    """

    documents: dict[str, Document]
    texts: dict[str, str]
    overrides: dict[str, dict[str, str]]

    def resource(self, name: str, template: str = "") -> dict[str, Any]:
        """The body of the resource with this name, in `template` or in the first template that has one."""
        found: dict[str, Any] = next(
            document["Resources"][name]
            for path, document in self.documents.items()
            if path.startswith(template) and name in document["Resources"]
        )
        return found

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The bodies of all resources of this type."""
        every = (body for document in self.documents.values() for body in document["Resources"].values())
        return [body for body in every if body["Type"] == kind]

    def properties(self, name: str) -> dict[str, Any]:
        """The properties of the resource with this name."""
        found: dict[str, Any] = self.resource(name)["Properties"]
        return found


@dataclass(frozen=True)
class Resource:
    """One resource of the deployment. ARNs and ids, which AWS assigns, stay intrinsics such as `{"Ref": ...}`."""

    template: str
    name: str
    type: str
    properties: dict[str, Any]
    body: dict[str, Any]


@dataclass(frozen=True)
class Deployment:
    """One environment's stack with its nested stacks, and the templates it comes from."""

    environment: str
    sources: Sources
    resources: tuple[Resource, ...]

    def of_type(self, *types: str) -> Iterator[Resource]:
        return (resource for resource in self.resources if resource.type in types)

    def named(self, name: str, template: str = ROOT_TEMPLATE) -> Resource:
        return next(resource for resource in self.resources if (resource.template, resource.name) == (template, name))

    def referenced(self, node: Any, by: Resource) -> Resource | None:
        """The resource that a value of `by` refers to, in its own template or else in the root template.

        Returns None if the value does not refer to exactly one resource. A reference to an output of a
        nested stack leads to the resource behind that output.
        """
        for template in (by.template, ROOT_TEMPLATE):
            known = {resource.name for resource in self.resources if resource.template == template}
            if len(names := intrinsics.references(node) & known) == 1:
                return self._through_output(self.named(names.pop(), template), node)
        return None

    def _through_output(self, found: Resource, node: Any) -> Resource | None:
        path = node.get("Fn::GetAtt", "") if isinstance(node, dict) else ""
        name = (path if isinstance(path, str) else ".".join(path)).partition(".Outputs.")[2]
        if found.type != STACK or not name:
            return found
        nested = found.properties["TemplateURL"]
        output = self.sources.documents[nested]["Outputs"][name]["Value"]
        inside = next(resource for resource in self.resources if resource.template == nested)
        return self.referenced(output, inside)

    def function_of(self, caller: Resource) -> Resource:
        """The function of an alias or event source mapping."""
        resource = self.referenced(caller.properties["FunctionName"], caller)
        assert resource is not None, caller
        return resource if resource.type == FUNCTION else self.function_of(resource)


def load() -> Sources:
    """Reads template.yaml, all of infra/ and samconfig.toml; each call returns a new copy."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    overrides = {environment: _overrides(config, environment) for environment in ENVIRONMENTS}
    return Sources(json.loads(_parsed()), {name: path.read_text() for name, path in _paths().items()}, overrides)


def _paths() -> dict[str, Path]:
    return {str(path.relative_to(ROOT)): path for path in (ROOT / ROOT_TEMPLATE, *sorted(ROOT.glob("infra/*.yaml")))}


@functools.cache
def _parsed() -> str:
    """All templates as JSON, because YAML takes a second to parse and its anchors share parts between places."""
    return json.dumps({name: intrinsics.load(path) for name, path in _paths().items()})


def _overrides(config: Mapping[str, Any], environment: str) -> dict[str, str]:
    """The parameters that `sam deploy --config-env <environment>` sets."""
    given = config[environment]["deploy"]["parameters"]["parameter_overrides"]
    pairs = given.split() if isinstance(given, str) else given
    # SAM reads `Name=""` as an empty value.
    return {name: value.strip('"') for name, _, value in (pair.partition("=") for pair in pairs)}


def deployment(sources: Sources, environment: str, translate: Translate) -> Deployment:
    """Returns the deployment of this environment of samconfig.toml, with a predictor."""
    given = {**PREDICTOR, "PredictorMinTasks": str(LEAST_TASKS[environment]), **sources.overrides[environment]}
    root = sources.documents[ROOT_TEMPLATE]
    translated = translate(root, _values(root, given))
    return Deployment(environment, sources, tuple(_resources(ROOT_TEMPLATE, translated, given, sources)))


def _resources(path: str, document: Document, given: Mapping[str, Any], sources: Sources) -> Iterator[Resource]:
    resolver = _PartialResolver(_values(document, given) | _PSEUDO_PARAMETERS, document.get("Conditions", {}))
    for name, written in document["Resources"].items():
        if "Condition" in written and not resolver.evaluate_condition(written["Condition"], name):
            continue
        body = resolver.resolve(written, name)
        resource = Resource(path, name, body["Type"], body.get("Properties", {}), body)
        yield resource
        if resource.type == STACK:
            nested = resource.properties["TemplateURL"]
            yield from _resources(nested, sources.documents[nested], resource.properties.get("Parameters", {}), sources)


def _values(document: Document, given: Mapping[str, Any]) -> dict[str, Any]:
    declared = document.get("Parameters", {})
    defaults = {name: body["Default"] for name, body in declared.items() if "Default" in body}
    return defaults | {name: value for name, value in given.items() if name in declared}


class _PartialResolver(intrinsics.Resolver):
    """Evaluates intrinsics that can be known before deployment; the others stay as they are written."""

    def resolve(self, node: Any, where: str) -> Any:
        try:
            return super().resolve(node, where)
        except TemplateError:
            return node

    def _sub(self, value: Any, where: str) -> Any:
        """A parameter of a nested stack that is a reference stays one, so `${TableArn}/*` is `${Table.Arn}/*`."""
        if not isinstance(value, str):
            return super()._sub(value, where)
        for name, given in self._values.items():
            if isinstance(given, dict) and (path := given.get("Ref") or given.get("Fn::GetAtt")):
                value = value.replace(f"${{{name}}}", f"${{{path if isinstance(path, str) else '.'.join(path)}}}")
        try:
            return super()._sub(value, where)
        except TemplateError:
            return {"Fn::Sub": value}

    def _join(self, value: Any, where: str) -> str:
        if any(isinstance(item, dict) for item in self.resolve(value[1], where)):
            raise TemplateError(where, "is unknown before deployment")
        return super()._join(value, where)
