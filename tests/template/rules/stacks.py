"""The templates and what they are given fit together."""

from collections.abc import Iterator
from typing import Any

from tests.template.checks import breaks, rule
from tests.template.deployment import ROOT_TEMPLATE, STACK, Deployment, Sources


def _parameters(deployment: Deployment, path: str) -> dict[str, dict[str, Any]]:
    declared: dict[str, dict[str, Any]] = deployment.sources.documents[path].get("Parameters", {})
    return declared


@rule
def every_parameter_is_described(deployment: Deployment) -> Iterator[str]:
    for name, parameter in _parameters(deployment, ROOT_TEMPLATE).items():
        if len(str(parameter.get("Description", "")).split()) < 3:
            yield f"{name}: has no description"


@rule
def nested_stacks_get_the_parameters_that_they_declare(deployment: Deployment) -> Iterator[str]:
    for stack in deployment.of_type(STACK):
        declared = _parameters(deployment, stack.properties["TemplateURL"])
        given = stack.properties.get("Parameters", {})
        yield from (f"{stack.name}: has no parameter {name}" for name in given.keys() - declared.keys())
        needed = {name for name, parameter in declared.items() if "Default" not in parameter}
        yield from (f"{stack.name}: is not given {name}" for name in needed - given.keys())


@rule
def every_nested_template_is_used(deployment: Deployment) -> Iterator[str]:
    stacks = deployment.sources.of_type("AWS::Serverless::Application")
    used = {stack["Properties"]["Location"] for stack in stacks} | {ROOT_TEMPLATE}
    yield from (f"{path}: no stack is made of it" for path in deployment.sources.documents if path not in used)


@rule
def samconfig_sets_parameters_that_are_there(deployment: Deployment) -> Iterator[str]:
    declared = _parameters(deployment, ROOT_TEMPLATE)
    given = deployment.sources.overrides[deployment.environment]
    yield from (
        f"{name}: samconfig.toml sets it, and there is no such parameter" for name in given.keys() - declared.keys()
    )
    for name in given.keys() & declared.keys():
        if given[name] not in map(str, declared[name].get("AllowedValues", [given[name]])):
            yield f"{name}: can't be {given[name]}"


@breaks(every_parameter_is_described, "LogLevel")
def undescribed(sources: Sources) -> None:
    sources.documents[ROOT_TEMPLATE]["Parameters"]["LogLevel"].pop("Description", None)


@breaks(nested_stacks_get_the_parameters_that_they_declare, "Network")
def missing_parameter(sources: Sources) -> None:
    del sources.properties("Network")["Parameters"]["VpcCidr"]


@breaks(nested_stacks_get_the_parameters_that_they_declare, "Network")
def unknown_parameter(sources: Sources) -> None:
    sources.properties("Network")["Parameters"]["Colour"] = "blue"


@breaks(every_nested_template_is_used, "infra/logs.yaml")
def forgotten_template(sources: Sources) -> None:
    for document in sources.documents.values():
        for name, body in list(document["Resources"].items()):
            if body.get("Properties", {}).get("Location") == "infra/logs.yaml":
                del document["Resources"][name]


@breaks(samconfig_sets_parameters_that_are_there, "Color")
def misspelt_parameter(sources: Sources) -> None:
    sources.overrides["prod"]["Color"] = "blue"


@breaks(samconfig_sets_parameters_that_are_there, "LogLevel")
def impossible_value(sources: Sources) -> None:
    sources.overrides["prod"]["LogLevel"] = "LOUD"
