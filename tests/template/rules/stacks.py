"""Parameters, nested stacks, outputs and skipped checks of the templates."""

import re
from collections.abc import Iterator
from typing import Any

from local.paths import ROOT
from local.template.document import BUCKET, QUEUE, SECRET, TABLE
from tests.template.checks import breaks, rule
from tests.template.deployment import ROOT_TEMPLATE, STACK, Deployment, Sources
from tests.template.rules.cache import CACHE

_WITH_OUTPUT = (
    *(BUCKET, CACHE, QUEUE, SECRET, TABLE),
    "AWS::ApiGatewayV2::Api",
    "AWS::CloudWatch::Dashboard",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::SNS::Topic",
)


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
        yield from (f"{stack.name}: does not set {name}" for name in needed - given.keys())


@rule
def every_nested_template_is_used(deployment: Deployment) -> Iterator[str]:
    stacks = deployment.sources.of_type("AWS::Serverless::Application")
    used = {stack["Properties"]["Location"] for stack in stacks} | {ROOT_TEMPLATE}
    yield from (f"{path}: no stack uses it" for path in deployment.sources.documents if path not in used)


@rule
def samconfig_sets_declared_parameters_only(deployment: Deployment) -> Iterator[str]:
    declared = _parameters(deployment, ROOT_TEMPLATE)
    given = deployment.sources.overrides[deployment.environment]
    yield from (
        f"{name}: samconfig.toml sets it, but the template has no such parameter"
        for name in given.keys() - declared.keys()
    )
    for name in given.keys() & declared.keys():
        if given[name] not in map(str, declared[name].get("AllowedValues", [given[name]])):
            yield f"{name}: the value {given[name]} is not allowed"


@rule
def every_address_is_an_output(deployment: Deployment) -> Iterator[str]:
    root = deployment.named("Api")
    outputs = deployment.sources.documents[ROOT_TEMPLATE]["Outputs"].values()
    listed = [deployment.referenced(output["Value"], root) for output in outputs]
    for resource in deployment.of_type(*_WITH_OUTPUT):
        if resource not in listed and not (resource.type == SECRET and resource.template != ROOT_TEMPLATE):
            yield f"{resource.name}: no output has its name or address"


@rule
def every_skipped_check_has_a_reason(deployment: Deployment) -> Iterator[str]:
    for document in deployment.sources.documents.values():
        for name, resource in document["Resources"].items():
            for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
                comment = str(skip.get("comment", ""))
                decisions = re.findall(r"docs/decisions/(\d{4})", comment)
                if len(comment.split()) < 4 or not all(map(_decision_exists, decisions)):
                    yield f"{name}: {skip['id']} is skipped without a reason"


def _decision_exists(number: str) -> bool:
    return any((ROOT / "docs/decisions").glob(f"{number}-*.md"))


@breaks(every_parameter_is_described, "LogLevel")
def parameter_without_description(sources: Sources) -> None:
    sources.documents[ROOT_TEMPLATE]["Parameters"]["LogLevel"].pop("Description", None)


@breaks(nested_stacks_get_the_parameters_that_they_declare, "Network")
def missing_parameter(sources: Sources) -> None:
    del sources.properties("Network")["Parameters"]["VpcCidr"]


@breaks(nested_stacks_get_the_parameters_that_they_declare, "Network")
def unknown_parameter(sources: Sources) -> None:
    sources.properties("Network")["Parameters"]["Colour"] = "blue"


@breaks(every_nested_template_is_used, "infra/logs.yaml")
def unused_template(sources: Sources) -> None:
    for document in sources.documents.values():
        for name, body in list(document["Resources"].items()):
            if body.get("Properties", {}).get("Location") == "infra/logs.yaml":
                del document["Resources"][name]


@breaks(samconfig_sets_declared_parameters_only, "Color")
def misspelt_parameter(sources: Sources) -> None:
    sources.overrides["prod"]["Color"] = "blue"


@breaks(samconfig_sets_declared_parameters_only, "LogLevel")
def value_that_is_not_allowed(sources: Sources) -> None:
    sources.overrides["prod"]["LogLevel"] = "LOUD"


@breaks(every_address_is_an_output, "LoadBalancer")
def load_balancer_without_an_output(sources: Sources) -> None:
    del sources.documents[ROOT_TEMPLATE]["Outputs"]["RegistryLoadBalancer"]


@breaks(every_address_is_an_output, "IdentityTable")
def table_without_an_output(sources: Sources) -> None:
    del sources.documents[ROOT_TEMPLATE]["Outputs"]["IdentityTableName"]


@breaks(every_skipped_check_has_a_reason, "AuthFunction")
def check_skipped_without_a_reason(sources: Sources) -> None:
    sources.resource("AuthFunction")["Metadata"]["checkov"]["skip"].append({"id": "CKV_AWS_45", "comment": "No."})


@breaks(every_skipped_check_has_a_reason, "AuthFunction")
def check_skipped_for_a_missing_decision(sources: Sources) -> None:
    skip = {"id": "CKV_AWS_45", "comment": "There is a reason for it: docs/decisions/9999"}
    sources.resource("AuthFunction")["Metadata"]["checkov"]["skip"].append(skip)
