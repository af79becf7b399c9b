"""The registry's service: private, watched, replaced without a lost call."""

import re
from collections.abc import Iterator
from typing import Any

from functions.registry.server.server import GRACE
from local.template.document import TASK
from maas.adapters.registry.channel import DEADLINE
from tests.template.checks import breaks, rule
from tests.template.deployment import FUNCTION, Deployment, Resource, Sources

_BALANCER = "AWS::ElasticLoadBalancingV2"
_HEALTH = "/grpc.health.v1.Health/Check"


@rule
def tasks_are_replaced_without_a_gap(deployment: Deployment) -> Iterator[str]:
    for service in deployment.of_type("AWS::ECS::Service"):
        rolling = service.properties.get("DeploymentConfiguration", {})
        if rolling.get("MinimumHealthyPercent", 0) < 100 or rolling.get("MaximumPercent", 0) <= 100:
            yield f"{service.name}: runs fewer tasks than it should while it is replaced"
        if rolling.get("DeploymentCircuitBreaker") != {"Enable": True, "Rollback": True}:
            yield f"{service.name}: keeps trying tasks that don't start"


@rule
def the_load_balancer_speaks_grpc_and_asks_for_health(deployment: Deployment) -> Iterator[str]:
    for group in deployment.of_type(f"{_BALANCER}::TargetGroup"):
        if group.properties.get("ProtocolVersion") != "GRPC":
            yield f"{group.name}: gRPC's trailers are lost in {group.properties.get('ProtocolVersion')}"
        if group.properties.get("HealthCheckPath") != _HEALTH or group.properties.get("Matcher") != {"GrpcCode": "0"}:
            yield f"{group.name}: a task that answers at all counts as healthy"
        if {group.properties.get(name) for name in ("Protocol", "HealthCheckProtocol")} != {"HTTPS"}:
            yield f"{group.name}: plaintext goes to the tasks"


@rule
def the_load_balancer_is_private_and_takes_tls_alone(deployment: Deployment) -> Iterator[str]:
    for balancer in deployment.of_type(f"{_BALANCER}::LoadBalancer"):
        if balancer.properties.get("Scheme") != "internal":
            yield f"{balancer.name}: is open to the internet"
    for listener in deployment.of_type(f"{_BALANCER}::Listener"):
        policy = str(listener.properties.get("SslPolicy"))
        if listener.properties["Protocol"] != "HTTPS" or not re.search(r"TLS13-1-[23]-\d", policy):
            yield f"{listener.name}: takes {listener.properties['Protocol']} with {policy}"


@rule
def the_load_balancer_is_hard_to_delete(deployment: Deployment) -> Iterator[str]:
    for balancer in deployment.of_type(f"{_BALANCER}::LoadBalancer"):
        attributes = {each["Key"]: each["Value"] for each in balancer.properties.get("LoadBalancerAttributes", [])}
        if deployment.environment == "prod" and attributes.get("deletion_protection.enabled") != "true":
            yield f"{balancer.name}: may be deleted"


@rule
def a_task_that_ends_finishes_its_calls(deployment: Deployment) -> Iterator[str]:
    for group in deployment.of_type(f"{_BALANCER}::TargetGroup"):
        attributes = {each["Key"]: each["Value"] for each in group.properties.get("TargetGroupAttributes", [])}
        if float(attributes.get("deregistration_delay.timeout_seconds", 300)) < DEADLINE:
            yield f"{group.name}: forgets a task before its calls have ended"
    for task, container in _containers(deployment, "registry"):
        if container.get("StopTimeout", 30) <= GRACE:
            yield f"{task.name}: {container['Name']} is killed before its calls have ended"
        if container.get("LinuxParameters", {}).get("InitProcessEnabled") is not True:
            yield f"{task.name}: {container['Name']} is deaf to SIGTERM while it starts"


def _containers(deployment: Deployment, *names: str) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Those of these names; all without."""
    for task in deployment.of_type(TASK):
        found = task.properties["ContainerDefinitions"]
        yield from ((task, container) for container in found if not names or container["Name"] in names)


@rule
def the_registry_is_spoken_to_by_tls_and_with_tokens(deployment: Deployment) -> Iterator[str]:
    for task, container in _containers(deployment, "registry"):
        given = {each["Name"]: each["Value"] for each in container["Environment"]}
        if given.get("MAAS_REGISTRY_AUTH") != "on" or not given.get("MAAS_REGISTRY_TLS_CERT"):
            yield f"{task.name}: takes plaintext, or calls without a token"
    for function in deployment.of_type(FUNCTION):
        variables = function.properties.get("Environment", {}).get("Variables", {})
        if "MAAS_REGISTRY_ADDRESS" in variables and variables.get("MAAS_REGISTRY_TLS") != "on":
            yield f"{function.name}: sends its tokens in plaintext"


@rule
def containers_have_no_rights_and_a_log_that_ends(deployment: Deployment) -> Iterator[str]:
    for task, container in _containers(deployment):
        rights = container.get("LinuxParameters", {}).get("Capabilities", {})
        if rights != {"Drop": ["ALL"]} or "User" in container:  # the image names its user
            yield f"{task.name}: {container['Name']} has rights that it does not need"
        options = container.get("LogConfiguration", {}).get("Options", {})
        group = deployment.referred(options.get("awslogs-group", {}), task)
        if group is None or group.type != "AWS::Logs::LogGroup":
            yield f"{task.name}: {container['Name']} logs to no log group of ours"
    for service in deployment.of_type("AWS::ECS::Service"):
        if service.properties.get("EnableExecuteCommand"):
            yield f"{service.name}: people can run commands in its tasks"


@rule
def tasks_have_no_public_address_and_nothing_to_write_to(deployment: Deployment) -> Iterator[str]:
    for service in deployment.of_type("AWS::ECS::Service"):
        if service.properties["NetworkConfiguration"]["AwsvpcConfiguration"].get("AssignPublicIp") != "DISABLED":
            yield f"{service.name}: has public addresses"
    for task in deployment.of_type(TASK):
        for container in task.properties["ContainerDefinitions"]:
            if container.get("ReadonlyRootFilesystem") is not True or container.get("Privileged"):
                yield f"{task.name}: {container['Name']} can change its own files"


@rule
def the_registry_grows_and_shrinks(deployment: Deployment) -> Iterator[str]:
    least = {"dev": 1, "prod": 2}[deployment.environment]
    scaled = list(deployment.of_type("AWS::ApplicationAutoScaling::ScalableTarget"))
    if not scaled or not list(deployment.of_type("AWS::ApplicationAutoScaling::ScalingPolicy")):
        yield "Service: is not scaled"
    for target in scaled:
        if not least <= int(target.properties["MinCapacity"]) < int(target.properties["MaxCapacity"]):
            yield f"{target.name}: from {target.properties['MinCapacity']} to {target.properties['MaxCapacity']} tasks"


@breaks(tasks_are_replaced_without_a_gap, "Service")
def a_gap(sources: Sources) -> None:
    sources.properties("Service")["DeploymentConfiguration"]["MinimumHealthyPercent"] = 50


@breaks(tasks_are_replaced_without_a_gap, "Service")
def no_circuit_breaker(sources: Sources) -> None:
    sources.properties("Service")["DeploymentConfiguration"]["DeploymentCircuitBreaker"]["Rollback"] = False


@breaks(the_load_balancer_speaks_grpc_and_asks_for_health, "Targets")
def plain_http2(sources: Sources) -> None:
    sources.properties("Targets")["ProtocolVersion"] = "HTTP2"


@breaks(the_load_balancer_speaks_grpc_and_asks_for_health, "Targets")
def any_answer_is_healthy(sources: Sources) -> None:
    sources.properties("Targets")["Matcher"]["GrpcCode"] = "0-99"


@breaks(the_load_balancer_speaks_grpc_and_asks_for_health, "Targets")
def plaintext_to_tasks(sources: Sources) -> None:
    sources.properties("Targets")["Protocol"] = "HTTP"


@breaks(the_load_balancer_is_private_and_takes_tls_alone, "LoadBalancer")
def public_load_balancer(sources: Sources) -> None:
    sources.properties("LoadBalancer")["Scheme"] = "internet-facing"


@breaks(the_load_balancer_is_hard_to_delete, "LoadBalancer")
def unprotected_load_balancer(sources: Sources) -> None:
    sources.properties("LoadBalancer")["LoadBalancerAttributes"][0]["Value"] = "false"


@breaks(the_load_balancer_is_private_and_takes_tls_alone, "Listener")
def old_tls(sources: Sources) -> None:
    sources.properties("Listener")["SslPolicy"] = "ELBSecurityPolicy-2016-08"


@breaks(the_load_balancer_is_private_and_takes_tls_alone, "Listener")
def tls_of_1999(sources: Sources) -> None:
    sources.properties("Listener")["SslPolicy"] = "ELBSecurityPolicy-TLS13-1-0-2021-06"


@breaks(a_task_that_ends_finishes_its_calls, "Targets")
def no_time_to_drain(sources: Sources) -> None:
    sources.properties("Targets")["TargetGroupAttributes"][0]["Value"] = "0"


@breaks(a_task_that_ends_finishes_its_calls, "RegistryTask")
def killed_early(sources: Sources) -> None:
    _registry(sources)["StopTimeout"] = 20


@breaks(a_task_that_ends_finishes_its_calls, "RegistryTask")
def deaf_while_it_starts(sources: Sources) -> None:
    del _registry(sources)["LinuxParameters"]["InitProcessEnabled"]


@breaks(the_registry_is_spoken_to_by_tls_and_with_tokens, "RegistryTask")
def plaintext_registry(sources: Sources) -> None:
    kept = [each for each in _registry(sources)["Environment"] if "TLS" not in each["Name"]]
    _registry(sources)["Environment"] = kept


@breaks(the_registry_is_spoken_to_by_tls_and_with_tokens, "RegistryTask")
def open_by_default(sources: Sources) -> None:
    sources.documents["template.yaml"]["Parameters"]["RegistryAuth"]["Default"] = "off"


@breaks(the_registry_is_spoken_to_by_tls_and_with_tokens, "ModelsFunction")
def plaintext_by_default(sources: Sources) -> None:
    sources.documents["template.yaml"]["Parameters"]["RegistryTls"]["Default"] = "off"


@breaks(containers_have_no_rights_and_a_log_that_ends, "RegistryTask")
def root_again(sources: Sources) -> None:
    _registry(sources)["User"] = "0"


@breaks(containers_have_no_rights_and_a_log_that_ends, "RegistryTask")
def every_capability(sources: Sources) -> None:
    del _registry(sources)["LinuxParameters"]


@breaks(containers_have_no_rights_and_a_log_that_ends, "RegistryTask")
def log_group_made_by_ecs(sources: Sources) -> None:
    options = {"awslogs-group": "/registry", "awslogs-create-group": "true"}
    _registry(sources)["LogConfiguration"] = {"LogDriver": "awslogs", "Options": options}


@breaks(containers_have_no_rights_and_a_log_that_ends, "Service")
def commands_in_tasks(sources: Sources) -> None:
    sources.properties("Service")["EnableExecuteCommand"] = True


@breaks(tasks_have_no_public_address_and_nothing_to_write_to, "Service")
def public_tasks(sources: Sources) -> None:
    sources.properties("Service")["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] = "ENABLED"


@breaks(tasks_have_no_public_address_and_nothing_to_write_to, "RegistryTask")
def writable_root(sources: Sources) -> None:
    for container in sources.properties("RegistryTask")["ContainerDefinitions"]:
        container.pop("ReadonlyRootFilesystem", None)


@breaks(the_registry_grows_and_shrinks, "Scaling")
def one_task_in_production(sources: Sources) -> None:
    sources.properties("Scaling")["MinCapacity"] = 1


@breaks(the_registry_grows_and_shrinks, "Service")
def never_scaled(sources: Sources) -> None:
    for name in ("ScaleByCpu", "ScaleByCalls"):
        del sources.documents["infra/registry.yaml"]["Resources"][name]


def _registry(sources: Sources) -> dict[str, Any]:
    containers = sources.properties("RegistryTask")["ContainerDefinitions"]
    found: dict[str, Any] = next(container for container in containers if container.get("Name") == "registry")
    return found
