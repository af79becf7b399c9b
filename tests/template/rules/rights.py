"""Least privilege, compared with a reviewed table, and with what the network lets through."""

import fnmatch
from collections.abc import Iterator
from typing import Any

from local.template.document import TASK
from tests.template.checks import breaks, rule
from tests.template.deployment import FUNCTION, Deployment, Sources
from tests.template.rights import granted, reviewed, short_name
from tests.template.rules.access import allowing

# Services that parts inside the VPC reach, each through an endpoint of infra/network.yaml.
_THROUGH_ENDPOINTS = ("dynamodb:", "ecr:", "logs:", "s3:", "secretsmanager:", "sqs:")


@rule
def every_right_is_in_the_reviewed_table(deployment: Deployment) -> Iterator[str]:
    actual, table = granted(deployment), reviewed()
    for owner in sorted(actual.keys() | table.keys()):
        mine, reviewed_ones = actual.get(owner, {}), table.get(owner, {})
        for action in sorted(mine.keys() | reviewed_ones.keys()):
            if (has := mine.get(action)) != (may := reviewed_ones.get(action)):
                yield f"{owner}: has {action} on {has}, and tests/template/rights.yaml has {may}"


@rule
def the_endpoints_let_through_what_the_parts_inside_may_do(deployment: Deployment) -> Iterator[str]:
    """A right that no endpoint lets through fails on AWS alone: nothing on one machine has endpoints."""
    inside = _roles_inside(deployment)
    passed = set[tuple[str, str]]()
    wanted = list[tuple[str, str, str]]()
    for statement in allowing(deployment):
        names = [short_name(resource, deployment.environment) for resource in statement.resources]
        pairs = [(action, name) for action in statement.actions for name in names]
        if "Endpoint" in statement.owner.type:
            passed.update(pairs)
        elif statement.owner.name in inside:
            wanted += [(statement.owner.name, *pair) for pair in pairs if pair[0].startswith(_THROUGH_ENDPOINTS)]
    for role, action, name in wanted:
        if not any(action == let and _covers(pattern, name) for let, pattern in passed):
            yield f"{role}: no endpoint lets {action} on {name} through"


def _covers(pattern: str, name: str) -> bool:
    """Returns whether an endpoint that lets `pattern` through lets `name` through. Secrets are written by reference."""
    return fnmatch.fnmatchcase(name, pattern) or (pattern == "secret:*" and name.endswith("Secret"))


def _roles_inside(deployment: Deployment) -> set[str]:
    functions = [function for function in deployment.of_type(FUNCTION) if "VpcConfig" in function.properties]
    given = [(function.properties["Role"], function) for function in functions]
    for task in deployment.of_type(TASK):
        given += [(task.properties[name], task) for name in ("TaskRoleArn", "ExecutionRoleArn")]
    return {role.name for node, by in given if (role := deployment.referenced(node, by))}


@rule
def every_function_reads_only_the_secrets_it_is_told_of(deployment: Deployment) -> Iterator[str]:
    """The rotator is told by Secrets Manager which secret to change."""
    rights = granted(deployment)
    for function in deployment.of_type(FUNCTION):
        variables = function.properties["Environment"]["Variables"]
        told = {
            value["Ref"] for value in variables.values() if isinstance(value, dict) and "Secret" in value.get("Ref", "")
        }
        for action, names in rights.get(f"{function.name}Role", {}).items():
            secrets = {name for name in names if name.endswith("Secret")}
            if action == "secretsmanager:GetSecretValue" and function.name != "RotatorFunction" and secrets != told:
                yield f"{function.name}: may read {sorted(secrets)} and is told of {sorted(told)}"


@rule
def a_task_s_code_has_no_right_that_only_its_start_needs(deployment: Deployment) -> Iterator[str]:
    """Roles that are swapped, or one for both, give the code the image's rights and the start the table's."""
    for task in deployment.of_type(TASK):
        part = task.name.removesuffix("Task")
        for key, name in (("TaskRoleArn", f"{part}Role"), ("ExecutionRoleArn", f"{part}ExecutionRole")):
            role = deployment.referenced(task.properties.get(key, {}), task)
            if role is None or role.name != name:
                yield f"{task.name}: its {key} is {role.name if role else 'missing'}, and not {name}"


def _allow(sources: Sources, function: str, action: str, resource: Any) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    sources.properties(function)["Policies"].append({"Statement": [statement]})


@breaks(every_right_is_in_the_reviewed_table, "UploadsFunctionRole")
def uploads_may_read_both_signing_secrets(sources: Sources) -> None:
    _allow(
        sources, "UploadsFunction", "secretsmanager:GetSecretValue", [{"Ref": "TokenSecret"}, {"Ref": "ServiceSecret"}]
    )


@breaks(every_right_is_in_the_reviewed_table, "AuthorizerFunctionRole")
def the_authorizer_loses_its_secret(sources: Sources) -> None:
    sources.properties("AuthorizerFunction")["Policies"] = []


@breaks(every_right_is_in_the_reviewed_table, "ModelsFunctionRole")
def a_managed_policy_of_another_function(sources: Sources) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    sources.properties("ModelsFunction")["Policies"].append(arn)


@breaks(the_endpoints_let_through_what_the_parts_inside_may_do, "RegistryRole")
def an_endpoint_without_batch_writes(sources: Sources) -> None:
    statement = sources.properties("DynamoDbEndpoint")["PolicyDocument"]["Statement"][0]
    statement["Action"].remove("dynamodb:BatchWriteItem")


@breaks(every_function_reads_only_the_secrets_it_is_told_of, "ModelsFunction")
def models_is_told_of_the_users_key(sources: Sources) -> None:
    sources.properties("ModelsFunction")["Environment"]["Variables"]["MAAS_TOKEN_SECRET"] = {"Ref": "TokenSecret"}


@breaks(a_task_s_code_has_no_right_that_only_its_start_needs, "RegistryTask")
def one_role_for_code_and_start(sources: Sources) -> None:
    sources.properties("RegistryTask")["ExecutionRoleArn"] = {"Fn::GetAtt": "RegistryRole.Arn"}
