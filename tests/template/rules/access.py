"""Least privilege: actions, resources and roles of IAM policies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.template.checks import as_list, breaks, rule
from tests.template.deployment import FUNCTION, Deployment, Resource, Sources

# AWS defines no resource for these actions, so they can only be granted on everything.
_WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken", "secretsmanager:GetRandomPassword"}
# AWS's managed policies that SAM or our templates attach, for logs, network interfaces, queues, streams, deployments.
_MANAGED = {
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AWSLambdaSQSQueueExecutionRole",
    "service-role/AWSLambdaDynamoDBExecutionRole",
    "service-role/AWSCodeDeployRoleForLambda",
    "service-role/AWSCodeDeployRoleForLambdaLimited",
}
_WILD = re.compile(r"""\bResource:\s*\[?\s*["']?\*["']?\s*([],}#]|$)|\barn:[^"'#]*\*""")
_REASON = re.compile(r"#.*\w+\W+\w+\W+\w+")


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, and the resource that carries it."""

    owner: Resource
    body: dict[str, Any]

    @property
    def actions(self) -> list[str]:
        return as_list(self.body.get("Action", "*"))

    @property
    def resources(self) -> list[Any]:
        return as_list(self.body.get("Resource"))


def allowing(deployment: Deployment) -> Iterator[Statement]:
    """Yields each policy statement whose effect is Allow."""
    for resource in deployment.resources:
        for document in _documents(resource):
            for statement in as_list(document["Statement"]):
                if statement["Effect"] == "Allow":
                    yield Statement(resource, statement)


def _documents(resource: Resource) -> Iterator[dict[str, Any]]:
    """Yields the policies of a role, bucket, queue, endpoint or secret. A KMS key's policy covers that key only."""
    properties = resource.properties
    yield from (policy["PolicyDocument"] for policy in properties.get("Policies", []) if isinstance(policy, dict))
    yield from (properties[name] for name in ("PolicyDocument", "ResourcePolicy") if name in properties)


@rule
def no_action_has_a_wildcard(deployment: Deployment) -> Iterator[str]:
    for statement in allowing(deployment):
        for action in statement.actions:
            if {"*", "?"} & {*action} or "NotAction" in statement.body:
                yield f"{statement.owner.name}: allows {action}"


@rule
def only_actions_without_resources_are_allowed_on_everything(deployment: Deployment) -> Iterator[str]:
    for statement in allowing(deployment):
        everything = "*" in statement.resources or "NotResource" in statement.body
        excess = set(statement.actions) - _WITHOUT_RESOURCE
        if everything and excess:
            yield f"{statement.owner.name}: allows {', '.join(sorted(excess))} on everything"


@rule
def every_wildcard_resource_has_a_reason_beside_it(deployment: Deployment) -> Iterator[str]:
    for path, text in deployment.sources.texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if _WILD.search(line) and not _REASON.search(line):
                yield f"{path}:{number}: a wildcard resource has no reason beside it"


@rule
def managed_policies_are_on_the_allow_list(deployment: Deployment) -> Iterator[str]:
    for role in deployment.of_type("AWS::IAM::Role"):
        for policy in role.properties.get("ManagedPolicyArns", []):
            if not any(str(policy).rstrip("'}").endswith(f":policy/{known}") for known in _MANAGED):
                yield f"{role.name}: has the managed policy {policy}"


@rule
def every_function_has_a_role_of_its_own(deployment: Deployment) -> Iterator[str]:
    taken: set[str] = set()
    for function in deployment.of_type(FUNCTION):
        role = deployment.referenced(function.properties["Role"], function)
        if role is None or role.name in taken:
            yield f"{function.name}: its role {'belongs to another function' if role else 'is not part of this stack'}"
        else:
            taken.add(role.name)


@rule
def only_aws_services_can_assume_roles(deployment: Deployment) -> Iterator[str]:
    for role in deployment.of_type("AWS::IAM::Role"):
        for statement in role.properties["AssumeRolePolicyDocument"]["Statement"]:
            principal = statement["Principal"]
            services = as_list(principal.get("Service")) if isinstance(principal, dict) else []
            if not services or set(principal) != {"Service"}:
                yield f"{role.name}: can be assumed by {principal}"


@breaks(no_action_has_a_wildcard, "UploadsFunctionRole")
def all_s3_actions(sources: Sources) -> None:
    for policy in sources.properties("UploadsFunction")["Policies"]:
        for statement in policy.get("Statement", []):
            if "s3:PutObject" in statement["Action"]:
                statement["Action"] = "s3:*"


@breaks(no_action_has_a_wildcard, "RegistryRole")
def wildcard_for_one_letter(sources: Sources) -> None:
    sources.properties("RegistryRole")["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] = "s3:?etObject"


@breaks(only_actions_without_resources_are_allowed_on_everything, "AuthorizerFunctionRole")
def access_to_every_secret(sources: Sources) -> None:
    for policy in sources.properties("AuthorizerFunction")["Policies"]:
        for statement in policy.get("Statement", []):
            statement["Resource"] = "*"


@breaks(every_wildcard_resource_has_a_reason_beside_it, "infra/network.yaml")
def wildcard_without_a_reason(sources: Sources) -> None:
    text = sources.texts["infra/network.yaml"]
    sources.texts["infra/network.yaml"] = re.sub(r'(Resource: "\*").*', r"\1", text)


@breaks(every_wildcard_resource_has_a_reason_beside_it, "infra/network.yaml")
def wildcard_in_an_arn_without_a_reason(sources: Sources) -> None:
    text = sources.texts["infra/network.yaml"]
    sources.texts["infra/network.yaml"] = text.replace('secret:*" # each role narrows this further', 'secret:*"')


@breaks(managed_policies_are_on_the_allow_list, "ModelsFunctionRole")
def administrator_policy(sources: Sources) -> None:
    sources.properties("ModelsFunction")["Policies"].append("arn:aws:iam::aws:policy/AdministratorAccess")


@breaks(every_function_has_a_role_of_its_own, "ModelsFunction")
def shared_role(sources: Sources) -> None:
    sources.properties("ModelsFunction")["Role"] = {"Fn::GetAtt": "RegistryRole.Arn"}
    sources.properties("UploadsFunction")["Role"] = {"Fn::GetAtt": "RegistryRole.Arn"}


@breaks(only_aws_services_can_assume_roles, "RegistryRole")
def role_that_anyone_can_assume(sources: Sources) -> None:
    sources.properties("RegistryRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}
