"""Least privilege: who may do what, on what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.template.checks import breaks, listed, rule
from tests.template.deployment import FUNCTION, Deployment, Resource, Sources

# Actions that AWS can grant on everything only: it knows no resource for them.
_WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken", "secretsmanager:GetRandomPassword"}
# AWS's own policies that SAM or we attach: log streams, network interfaces, the task's image and logs, deployments.
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
        return listed(self.body.get("Action", "*"))

    @property
    def resources(self) -> list[Any]:
        return listed(self.body.get("Resource"))


def allowing(deployment: Deployment) -> Iterator[Statement]:
    """Each statement of a policy that allows something."""
    for resource in deployment.resources:
        for document in _documents(resource):
            for statement in listed(document["Statement"]):
                if statement["Effect"] == "Allow":
                    yield Statement(resource, statement)


def _documents(resource: Resource) -> Iterator[dict[str, Any]]:
    """Policies of roles, buckets, queues, endpoints, secrets; a key's policy is about that key alone."""
    properties = resource.properties
    yield from (policy["PolicyDocument"] for policy in properties.get("Policies", []) if isinstance(policy, dict))
    yield from (properties[name] for name in ("PolicyDocument", "ResourcePolicy") if name in properties)


@rule
def no_action_is_a_wildcard(deployment: Deployment) -> Iterator[str]:
    for statement in allowing(deployment):
        for action in statement.actions:
            if {"*", "?"} & {*action} or "NotAction" in statement.body:
                yield f"{statement.owner.name}: allows {action}"


@rule
def whatever_is_allowed_on_everything_knows_no_resource(deployment: Deployment) -> Iterator[str]:
    for statement in allowing(deployment):
        everything = "*" in statement.resources or "NotResource" in statement.body
        excess = set(statement.actions) - _WITHOUT_RESOURCE
        if everything and excess:
            yield f"{statement.owner.name}: allows {', '.join(sorted(excess))} on everything"


@rule
def every_wildcard_resource_has_its_reason_beside_it(deployment: Deployment) -> Iterator[str]:
    for path, text in deployment.sources.texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if _WILD.search(line) and not _REASON.search(line):
                yield f"{path}:{number}: a resource with * without a reason"


@rule
def policies_are_our_own_or_known(deployment: Deployment) -> Iterator[str]:
    for role in deployment.of_type("AWS::IAM::Role"):
        for policy in role.properties.get("ManagedPolicyArns", []):
            if not any(str(policy).rstrip("'}").endswith(f":policy/{known}") for known in _MANAGED):
                yield f"{role.name}: has the policy {policy}"


@rule
def every_function_has_a_role_of_its_own(deployment: Deployment) -> Iterator[str]:
    taken: set[str] = set()
    for function in deployment.of_type(FUNCTION):
        role = deployment.referred(function.properties["Role"], function)
        if role is None or role.name in taken:
            yield f"{function.name}: its role is {'that of another function' if role else 'not of this stack'}"
        else:
            taken.add(role.name)


@rule
def roles_are_for_services_of_aws_alone(deployment: Deployment) -> Iterator[str]:
    for role in deployment.of_type("AWS::IAM::Role"):
        for statement in role.properties["AssumeRolePolicyDocument"]["Statement"]:
            services = listed(statement["Principal"].get("Service")) if isinstance(statement["Principal"], dict) else []
            if not services or set(statement["Principal"]) != {"Service"}:
                yield f"{role.name}: can be taken by {statement['Principal']}"


@breaks(no_action_is_a_wildcard, "UploadsFunctionRole")
def every_action_of_s3(sources: Sources) -> None:
    for policy in sources.properties("UploadsFunction")["Policies"]:
        for statement in policy.get("Statement", []):
            if "s3:PutObject" in statement["Action"]:
                statement["Action"] = "s3:*"


@breaks(no_action_is_a_wildcard, "RegistryRole")
def one_letter_of_an_action(sources: Sources) -> None:
    sources.properties("RegistryRole")["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] = "s3:?etObject"


@breaks(whatever_is_allowed_on_everything_knows_no_resource, "AuthorizerFunctionRole")
def every_secret(sources: Sources) -> None:
    for policy in sources.properties("AuthorizerFunction")["Policies"]:
        for statement in policy.get("Statement", []):
            statement["Resource"] = "*"


@breaks(every_wildcard_resource_has_its_reason_beside_it, "infra/network.yaml")
def silent_wildcard(sources: Sources) -> None:
    text = sources.texts["infra/network.yaml"]
    sources.texts["infra/network.yaml"] = re.sub(r'(Resource: "\*").*', r"\1", text)


@breaks(every_wildcard_resource_has_its_reason_beside_it, "infra/network.yaml")
def silent_wildcard_in_a_name(sources: Sources) -> None:
    text = sources.texts["infra/network.yaml"]
    sources.texts["infra/network.yaml"] = text.replace('secret:*" # each role narrows this further', 'secret:*"')


@breaks(policies_are_our_own_or_known, "ModelsFunctionRole")
def administrator(sources: Sources) -> None:
    sources.properties("ModelsFunction")["Policies"].append("arn:aws:iam::aws:policy/AdministratorAccess")


@breaks(every_function_has_a_role_of_its_own, "ModelsFunction")
def shared_role(sources: Sources) -> None:
    sources.properties("ModelsFunction")["Role"] = {"Fn::GetAtt": "RegistryRole.Arn"}
    sources.properties("UploadsFunction")["Role"] = {"Fn::GetAtt": "RegistryRole.Arn"}


@breaks(roles_are_for_services_of_aws_alone, "RegistryRole")
def anybody(sources: Sources) -> None:
    sources.properties("RegistryRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}
