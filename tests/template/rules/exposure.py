"""Exposure: resource policies, entry points to functions, and parameters that are refused."""

import json
import re
from collections.abc import Iterator
from typing import Any

from local.aws_account import ACCOUNT, REGION
from local.template import intrinsics
from tests.template.checks import breaks, rule
from tests.template.deployment import FUNCTION, PREDICTOR, ROOT_TEMPLATE, Deployment, Sources
from tests.template.rules.access import Statement, allowing

_ENDPOINT = "AWS::EC2::VPCEndpoint"
# ARNs written as text must be of this account and begin with our prefix.
_OURS = re.compile(rf"arn:[^:]+:[a-z]+:{REGION}:{ACCOUNT}:([a-z-]+[:/])?/?maas[*/-]")
# SES has no name of ours: a sender is an address or a domain. A condition has to name the address.
_SENDERS = re.compile(rf"arn:[^:]+:ses:{REGION}:{ACCOUNT}:identity/")
_OTHER_ENTRY_POINTS = (
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::IAM::AccessKey",
    "AWS::IAM::User",
    "AWS::Lambda::Url",
)
# The unsafe value of a parameter, and the environments that must refuse it.
_REFUSED = {
    "RegistryAuth": ("off", ("dev", "prod")),
    "RegistryTls": ("off", ("dev", "prod")),
    "CorsOrigin": ("*", ("prod",)),
    "DeletionProtection": ("off", ("prod",)),
    "PredictorCertificateArn": ("", ("dev", "prod")),
}
_SET_BY_HAND = {
    "CorsOrigin": "https://app.example.com,https://admin.example.com",
    "RegistryImage": "image",
    "RegistryCertificateArn": "arn",
    **PREDICTOR,
}


@rule
def permissions_are_on_our_own_resources(deployment: Deployment) -> Iterator[str]:
    """Endpoint policies are left out: they only restrict, and some requests through them are to AWS's resources."""
    for statement in allowing(deployment):
        for resource in statement.resources:
            if statement.owner.type != _ENDPOINT and resource != "*" and not _is_ours(resource, statement, deployment):
                yield f"{statement.owner.name}: has permissions on {resource}"


def _is_ours(resource: Any, statement: Statement, deployment: Deployment) -> bool:
    if isinstance(resource, dict):
        return deployment.referenced(resource, statement.owner) is not None
    if _SENDERS.match(resource):
        return "ses:FromAddress" in statement.body.get("Condition", {}).get("StringEquals", {})
    return _OURS.match(resource) is not None


@rule
def resource_policies_allow_aws_services_only(deployment: Deployment) -> Iterator[str]:
    for statement in allowing(deployment):
        principal = statement.body.get("Principal")
        if principal is not None and statement.owner.type != _ENDPOINT and not _is_service(principal):
            yield f"{statement.owner.name}: allows {principal}"


def _is_service(principal: Any) -> bool:
    return isinstance(principal, dict) and set(principal) == {"Service"}


@rule
def only_services_for_our_account_may_call_functions(deployment: Deployment) -> Iterator[str]:
    for permission in deployment.of_type("AWS::Lambda::Permission"):
        if not str(permission.properties["Principal"]).endswith(".amazonaws.com"):
            yield f"{permission.name}: {permission.properties['Principal']} may call"
        elif not {"SourceArn", "SourceAccount"} & permission.properties.keys():
            yield f"{permission.name}: any account's {permission.properties['Principal']} may call"


@rule
def the_api_is_the_only_entry_point(deployment: Deployment) -> Iterator[str]:
    apis = [api for api in deployment.of_type("AWS::ApiGatewayV2::Api") if api != deployment.named("Api")]
    yield from (f"{entry.name}: is a {entry.type}" for entry in (*apis, *deployment.of_type(*_OTHER_ENTRY_POINTS)))


@rule
def environment_variables_contain_no_secret(deployment: Deployment) -> Iterator[str]:
    for resource in deployment.of_type(FUNCTION, "AWS::ECS::TaskDefinition"):
        if "{{resolve:" in json.dumps(resource.properties):
            yield f"{resource.name}: anyone who can describe it can read a secret"


@rule
def unsafe_parameters_are_refused(deployment: Deployment) -> Iterator[str]:
    given = deployment.sources.overrides[deployment.environment] | _SET_BY_HAND
    if not _accepted(deployment, given):
        yield "Rules: the values of samconfig.toml are refused"
    for name, (value, environments) in _REFUSED.items():
        if deployment.environment in environments and _accepted(deployment, given | {name: value}):
            yield f"{name}: {value} is not refused"


def _accepted(deployment: Deployment, given: dict[str, str]) -> bool:
    """Returns whether every rule of the root template that applies to these parameters holds."""
    document = deployment.sources.documents[ROOT_TEMPLATE]
    defaults = {name: body["Default"] for name, body in document["Parameters"].items() if "Default" in body}
    resolver = intrinsics.Resolver(defaults | given, {})
    return all(
        resolver.resolve(assertion["Assert"], "Rules")
        for body in document.get("Rules", {}).values()
        if resolver.resolve(body["RuleCondition"], "Rules")
        for assertion in body["Assertions"]
    )


def _policy(sources: Sources, function: str, resource: Any) -> None:
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": resource}
    sources.properties(function)["Policies"].append({"Statement": [statement]})


@breaks(permissions_are_on_our_own_resources, "ModelsFunctionRole")
def every_secret_by_its_arn(sources: Sources) -> None:
    _policy(sources, "ModelsFunction", "arn:aws:secretsmanager:*:*:secret:*")


@breaks(permissions_are_on_our_own_resources, "ModelsFunctionRole")
def every_secret_of_the_account(sources: Sources) -> None:
    arn = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:*"
    _policy(sources, "ModelsFunction", {"Fn::Sub": arn})


@breaks(resource_policies_allow_aws_services_only, "QueuePolicy")
def public_queue(sources: Sources) -> None:
    queue = {"Fn::GetAtt": "ValidationQueue.Arn"}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue}
    sources.properties("QueuePolicy")["PolicyDocument"]["Statement"].append(statement)


@breaks(resource_policies_allow_aws_services_only, "ArtifactsBucketPolicy")
def files_for_another_account(sources: Sources) -> None:
    other, files = {"AWS": "arn:aws:iam::999999999999:root"}, {"Fn::Sub": "${ArtifactsBucket.Arn}/models/*"}
    statement = {"Effect": "Allow", "Principal": other, "Action": "s3:GetObject", "Resource": files}
    sources.properties("ArtifactsBucketPolicy")["PolicyDocument"]["Statement"].append(statement)


@breaks(only_services_for_our_account_may_call_functions, "PublicPermission")
def function_that_anyone_may_call(sources: Sources) -> None:
    called = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "ModelsFunction"}, "Principal": "*"}
    _add(sources, "PublicPermission", "AWS::Lambda::Permission", called)


@breaks(only_services_for_our_account_may_call_functions, "RotatorPermission")
def rotation_for_every_account(sources: Sources) -> None:
    del sources.properties("RotatorPermission")["SourceAccount"]


@breaks(the_api_is_the_only_entry_point, "ModelsFunctionUrl")
def function_url(sources: Sources) -> None:
    sources.properties("ModelsFunction")["FunctionUrlConfig"] = {"AuthType": "NONE"}


@breaks(the_api_is_the_only_entry_point, "Route")
def route_outside_the_definition(sources: Sources) -> None:
    _add(sources, "Route", "AWS::ApiGatewayV2::Route", {"ApiId": {"Ref": "Api"}, "RouteKey": "GET /open"})


@breaks(the_api_is_the_only_entry_point, "ServerlessRestApi")
def rest_api(sources: Sources) -> None:
    event = {"Type": "Api", "Properties": {"Method": "GET", "Path": "/open"}}
    sources.properties("ModelsFunction")["Events"]["Open"] = event


@breaks(environment_variables_contain_no_secret, "AuthFunction")
def secret_in_a_variable(sources: Sources) -> None:
    variables = sources.properties("AuthFunction")["Environment"]["Variables"]
    variables["KEY"] = {"Fn::Sub": "{{resolve:secretsmanager:${TokenSecret}}}"}


@breaks(unsafe_parameters_are_refused, "RegistryAuth")
def no_parameter_rules(sources: Sources) -> None:
    del sources.documents[ROOT_TEMPLATE]["Rules"]


@breaks(unsafe_parameters_are_refused, "CorsOrigin")
def any_cors_origin(sources: Sources) -> None:
    sources.documents[ROOT_TEMPLATE]["Rules"]["InProduction"]["Assertions"].pop(0)


def _add(sources: Sources, name: str, kind: str, properties: dict[str, Any]) -> None:
    sources.documents[ROOT_TEMPLATE]["Resources"][name] = {"Type": kind, "Properties": properties}
