"""Limits that must agree: of two numbers in different places, the one that must be the larger is."""

from collections.abc import Iterator
from typing import Any

from functions.registry.catalog.new_uploads import LIFETIME
from local.template.document import QUEUE, TASK
from maas.adapters.formats.inspection_limits import Limits
from maas.adapters.registry.channel import DEADLINE
from maas.domain.capturing.captures import PREFIX as CAPTURES
from maas.domain.jobs.jobs import PREFIX as JOBS
from maas.grpc_server.health_check import LIMIT
from maas.grpc_server.server import GRACE
from maas.platform.deadline import MARGIN
from maas.security.tokens import ACCESS
from maas.wire.transport import PING
from tests.template.checks import breaks, rule
from tests.template.deployment import FUNCTION, ROOT_TEMPLATE, Deployment, Resource, Sources

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html, in seconds
_API_TIMEOUT, _AUTHORIZER_TIMEOUT = 30, 10
_LAMBDA_NETWORK_IDLE = 350  # seconds after which Lambda's network drops a silent connection
_ECS_STOP_MAX = 120  # Fargate's largest StopTimeout
# An account without a raised quota gets no function with more memory, in MB.
_MEMORY_OF_NEW_ACCOUNTS = 3008
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html: MiB for CPU units
_FARGATE = {
    "256": {512, 1024, 2048},
    "512": {*range(1024, 4097, 1024)},
    "1024": {*range(2048, 8193, 1024)},
    "2048": {*range(4096, 16385, 1024)},
    "4096": {*range(8192, 30721, 1024)},
}
_BALANCER = "AWS::ElasticLoadBalancingV2"


def _behind_the_api(deployment: Deployment) -> set[str]:
    paths = deployment.named("Api").properties["Body"]["paths"]
    text = str([route.get("x-amazon-apigateway-integration") for path in paths.values() for route in path.values()])
    return {function.name for function in deployment.of_type(FUNCTION) if f"{function.name}Alias" in text}


def _timeout(function: Resource) -> float:
    return float(function.properties.get("Timeout", 3))


@rule
def functions_of_the_api_end_before_the_api_does(deployment: Deployment) -> Iterator[str]:
    behind = _behind_the_api(deployment)
    for function in deployment.of_type(FUNCTION):
        if function.name in behind and not DEADLINE + MARGIN < _timeout(function) < _API_TIMEOUT:
            yield f"{function.name}: {_timeout(function):g} s; the API ends at {_API_TIMEOUT} s, a call at {DEADLINE} s"
        if function.name == "AuthorizerFunction" and _timeout(function) >= _AUTHORIZER_TIMEOUT:
            yield f"{function.name}: {_timeout(function):g} s, and the API waits {_AUTHORIZER_TIMEOUT} s for it"
    for path, methods in deployment.named("Api").properties["Body"]["paths"].items():
        for method, route in methods.items():
            if "timeoutInMillis" in route.get("x-amazon-apigateway-integration", {}):
                yield f"{method.upper()} {path}: ends before its function does"


@rule
def authorizer_answers_end_with_the_token(deployment: Deployment) -> Iterator[str]:
    schemes = deployment.named("Api").properties["Body"]["components"]["securitySchemes"]
    for name, scheme in schemes.items():
        cached = int(scheme["x-amazon-apigateway-authorizer"].get("authorizerResultTtlInSeconds", 300))
        if not 0 < cached <= ACCESS.lifetime / 15:
            yield f"{name}: an answer is kept for {cached} s, and a token ends after {ACCESS.lifetime} s"


@rule
def a_message_can_fail_every_time_before_it_expires(deployment: Deployment) -> Iterator[str]:
    for queue in deployment.of_type(QUEUE):
        redrive = queue.properties.get("RedrivePolicy")
        if redrive:
            tries = int(redrive["maxReceiveCount"]) * int(queue.properties.get("VisibilityTimeout", 30))
            kept = int(queue.properties.get("MessageRetentionPeriod", 345_600))
            if kept <= 2 * tries:
                yield f"{queue.name}: keeps messages for {kept} s, and all tries take {tries} s"
            dead = deployment.referenced(redrive["deadLetterTargetArn"], queue)
            # The time in the first queue counts: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide
            if dead and int(dead.properties.get("MessageRetentionPeriod", 345_600)) <= kept:
                yield f"{dead.name}: a dead letter may expire on arrival"


@rule
def the_validator_has_time_for_the_inspection(deployment: Deployment) -> Iterator[str]:
    validator, limits = deployment.named("ValidatorFunction"), Limits()
    if _timeout(validator) <= 2 * limits.wall:
        yield f"{validator.name}: {_timeout(validator):g} s, and the inspection alone takes up to {limits.wall} s"
    if limits.memory > int(validator.properties["MemorySize"]) * 2**20:
        yield f"{validator.name}: has less memory than the inspection may take"


@rule
def memory_and_disk_exist_in_new_accounts(deployment: Deployment) -> Iterator[str]:
    for function in deployment.of_type(FUNCTION):
        memory = int(function.properties.get("MemorySize", 128))
        if not 256 <= memory <= _MEMORY_OF_NEW_ACCOUNTS:
            yield f"{function.name}: {memory} MB; new accounts allow {_MEMORY_OF_NEW_ACCOUNTS}, and 256 import our code"


@rule
def disks_hold_the_largest_upload(deployment: Deployment) -> Iterator[str]:
    uploads = deployment.named("UploadsFunction").properties["Environment"]["Variables"]
    for name in ("InferenceFunction", "ValidatorFunction"):
        disk = int(deployment.named(name).properties.get("EphemeralStorage", {}).get("Size", 512))
        if disk * 2**20 <= float(uploads["MAAS_MAX_UPLOAD_BYTES"]):
            yield f"{name}: a disk of {disk} MB can't hold the largest upload"


@rule
def unfinished_parts_outlive_their_upload(deployment: Deployment) -> Iterator[str]:
    rules = deployment.named("ArtifactsBucket").properties["LifecycleConfiguration"]["Rules"]
    days = [each["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] for each in rules if "Abort" in str(each)]
    if not days or not LIFETIME.days <= min(days) <= 30:
        yield f"ArtifactsBucket: parts are removed after {days} days, and an upload lives for {LIFETIME.days}"
    of_files = [each for each in rules if each.get("Prefix") not in (JOBS, CAPTURES)]
    if any({"ExpirationInDays", "ExpirationDate", "Transitions"} & each.keys() for each in of_files):
        yield "ArtifactsBucket: files of published versions expire or move"


@rule
def idle_connections_end_in_the_right_order(deployment: Deployment) -> Iterator[str]:
    """Client's ping < load balancer < Lambda's network, so that no connection is dropped without a word."""
    for balancer in deployment.of_type(f"{_BALANCER}::LoadBalancer"):
        attributes = {each["Key"]: each["Value"] for each in balancer.properties["LoadBalancerAttributes"]}
        idle = float(attributes.get("idle_timeout.timeout_seconds", 60))
        if not 2 * PING / 1000 < idle < _LAMBDA_NETWORK_IDLE:
            yield f"{balancer.name}: closes connections after {idle:g} s"


@rule
def a_task_s_end_has_time_for_its_calls(deployment: Deployment) -> Iterator[str]:
    for task in deployment.of_type(TASK):
        for container in task.properties["ContainerDefinitions"]:
            if not GRACE < float(container.get("StopTimeout", 30)) <= _ECS_STOP_MAX:
                yield f"{task.name}: {container['Name']} is killed {container.get('StopTimeout')} s after SIGTERM"
            check = container.get("HealthCheck")
            if check and not LIMIT < check.get("Timeout", 5) < check.get("Interval", 30):
                yield f"{task.name}: the health check of {container['Name']} has no time to answer"
        if int(task.properties["Memory"]) not in _FARGATE.get(str(task.properties["Cpu"]), ()):
            yield f"{task.name}: Fargate has no {task.properties['Memory']} MiB for {task.properties['Cpu']} CPU units"


@rule
def reservations_leave_room_for_what_reserves_nothing(deployment: Deployment) -> Iterator[str]:
    """Lambda refuses reservations that leave fewer than 100 of the account's executions, 1,000 by default."""
    functions = list(deployment.of_type(FUNCTION))
    reserved = sum(int(each.properties.get("ReservedConcurrentExecutions", 0)) for each in functions)
    others = [
        int(m.properties["ScalingConfig"]["MaximumConcurrency"])
        for m in deployment.of_type("AWS::Lambda::EventSourceMapping")
        if "ScalingConfig" in m.properties
    ]
    if reserved > 900 or (reserved and sum(others) > 1000 - reserved):
        yield f"ReservedConcurrency: {reserved} of 1,000 are reserved, and queues need {sum(others)} of the others"


def _globals(sources: Sources) -> dict[str, Any]:
    found: dict[str, Any] = sources.documents[ROOT_TEMPLATE]["Globals"]["Function"]
    return found


@breaks(functions_of_the_api_end_before_the_api_does, "ModelsFunction")
def functions_that_outlast_the_api(sources: Sources) -> None:
    _globals(sources)["Timeout"] = 31


@breaks(functions_of_the_api_end_before_the_api_does, "UploadsFunction")
def a_function_shorter_than_one_call(sources: Sources) -> None:
    sources.properties("UploadsFunction")["Timeout"] = 5


@breaks(functions_of_the_api_end_before_the_api_does, "AuthorizerFunction")
def an_authorizer_slower_than_the_api_waits(sources: Sources) -> None:
    sources.properties("AuthorizerFunction")["Timeout"] = 29


@breaks(authorizer_answers_end_with_the_token, "TokenAuthorizer")
def an_authorizer_without_a_cache(sources: Sources) -> None:
    sources.properties("Api")["Auth"]["Authorizers"]["TokenAuthorizer"]["Identity"]["ReauthorizeEvery"] = 0


@breaks(a_message_can_fail_every_time_before_it_expires, "ValidationQueue")
def messages_kept_for_an_hour(sources: Sources) -> None:
    sources.properties("ValidationQueue")["MessageRetentionPeriod"] = 3600


@breaks(a_message_can_fail_every_time_before_it_expires, "ValidationDeadLetters")
def dead_letters_kept_as_long_as_messages(sources: Sources) -> None:
    sources.properties("ValidationDeadLetters")["MessageRetentionPeriod"] = 345_600


@breaks(the_validator_has_time_for_the_inspection, "ValidatorFunction")
def a_validator_shorter_than_its_inspection(sources: Sources) -> None:
    sources.properties("ValidatorFunction")["Timeout"] = 60


@breaks(the_validator_has_time_for_the_inspection, "ValidatorFunction")
def a_validator_smaller_than_its_inspection(sources: Sources) -> None:
    sources.properties("ValidatorFunction")["MemorySize"] = 512


@breaks(memory_and_disk_exist_in_new_accounts, "InferenceFunction")
def memory_above_the_quota(sources: Sources) -> None:
    sources.properties("InferenceFunction")["MemorySize"] = 10_240


@breaks(disks_hold_the_largest_upload, "InferenceFunction")
def the_default_disk(sources: Sources) -> None:
    del sources.properties("InferenceFunction")["EphemeralStorage"]


@breaks(disks_hold_the_largest_upload, "ValidatorFunction")
def uploads_larger_than_the_disk(sources: Sources) -> None:
    sources.overrides["prod"]["MaxUploadBytes"] = str(20 * 2**30)


@breaks(unfinished_parts_outlive_their_upload, "ArtifactsBucket")
def parts_removed_after_a_day(sources: Sources) -> None:
    rules = sources.properties("ArtifactsBucket")["LifecycleConfiguration"]["Rules"]
    rules[0]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] = 1


@breaks(unfinished_parts_outlive_their_upload, "ArtifactsBucket")
def files_that_expire(sources: Sources) -> None:
    sources.properties("ArtifactsBucket")["LifecycleConfiguration"]["Rules"][1]["ExpirationInDays"] = 90


@breaks(idle_connections_end_in_the_right_order, "LoadBalancer")
def idle_longer_than_the_network_keeps(sources: Sources) -> None:
    for attribute in sources.properties("LoadBalancer")["LoadBalancerAttributes"]:
        if attribute["Key"] == "idle_timeout.timeout_seconds":
            attribute["Value"] = "400"


@breaks(a_task_s_end_has_time_for_its_calls, "RegistryTask")
def a_health_check_of_one_second(sources: Sources) -> None:
    sources.properties("RegistryTask")["ContainerDefinitions"][1]["HealthCheck"]["Timeout"] = 1


@breaks(a_task_s_end_has_time_for_its_calls, "RegistryTask")
def memory_that_fargate_lacks(sources: Sources) -> None:
    sources.overrides["prod"]["RegistryMemory"] = "512"


@breaks(reservations_leave_room_for_what_reserves_nothing, "ReservedConcurrency")
def everything_reserved(sources: Sources) -> None:
    sources.overrides["prod"]["InferenceReservedConcurrency"] = "600"
