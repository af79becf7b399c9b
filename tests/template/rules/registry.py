"""The services of registry and predictor: private, health-checked, and replaced without a lost call."""

import re
from collections.abc import Iterator
from typing import Any

from local.template.document import TASK
from maas.adapters.registry.channel import DEADLINE
from maas.domain.inference.protocol import TIMEOUT_MAX
from maas.grpc_server.server import GRACE
from tests.template.checks import breaks, rule
from tests.template.deployment import FUNCTION, LEAST_TASKS, Deployment, Resource, Sources

_BALANCER = "AWS::ElasticLoadBalancingV2"
_SERVERS = ("registry", "predictor")
_HEALTH = "/grpc.health.v1.Health/Check"


@rule
def tasks_are_replaced_without_downtime(deployment: Deployment) -> Iterator[str]:
    for service in deployment.of_type("AWS::ECS::Service"):
        rolling = service.properties.get("DeploymentConfiguration", {})
        if rolling.get("MinimumHealthyPercent", 0) < 100 or rolling.get("MaximumPercent", 0) <= 100:
            yield f"{service.name}: runs fewer tasks than desired during a deployment"
        if rolling.get("DeploymentCircuitBreaker") != {"Enable": True, "Rollback": True}:
            yield f"{service.name}: keeps starting tasks that fail"


@rule
def the_load_balancer_uses_grpc_and_checks_health(deployment: Deployment) -> Iterator[str]:
    for group in deployment.of_type(f"{_BALANCER}::TargetGroup"):
        if group.properties.get("ProtocolVersion") != "GRPC":
            yield f"{group.name}: gRPC's trailers are lost with {group.properties.get('ProtocolVersion')}"
        if group.properties.get("HealthCheckPath") != _HEALTH or group.properties.get("Matcher") != {"GrpcCode": "0"}:
            yield f"{group.name}: a task with any answer counts as healthy"
        if {group.properties.get(name) for name in ("Protocol", "HealthCheckProtocol")} != {"HTTPS"}:
            yield f"{group.name}: requests reach the tasks in plaintext"


@rule
def the_load_balancer_is_internal_and_accepts_tls_only(deployment: Deployment) -> Iterator[str]:
    for balancer in deployment.of_type(f"{_BALANCER}::LoadBalancer"):
        if balancer.properties.get("Scheme") != "internal":
            yield f"{balancer.name}: is not internal"
    for listener in deployment.of_type(f"{_BALANCER}::Listener"):
        policy = str(listener.properties.get("SslPolicy"))
        if listener.properties["Protocol"] != "HTTPS" or not re.search(r"TLS13-1-[23]-\d", policy):
            yield f"{listener.name}: accepts {listener.properties['Protocol']} with {policy}"


@rule
def the_load_balancer_has_deletion_protection(deployment: Deployment) -> Iterator[str]:
    for balancer in deployment.of_type(f"{_BALANCER}::LoadBalancer"):
        attributes = {each["Key"]: each["Value"] for each in balancer.properties.get("LoadBalancerAttributes", [])}
        if deployment.environment == "prod" and attributes.get("deletion_protection.enabled") != "true":
            yield f"{balancer.name}: can be deleted"


@rule
def a_stopping_task_finishes_its_calls(deployment: Deployment) -> Iterator[str]:
    for group in deployment.of_type(f"{_BALANCER}::TargetGroup"):
        attributes = {each["Key"]: each["Value"] for each in group.properties.get("TargetGroupAttributes", [])}
        longest = {"Targets": DEADLINE, "PredictorTargets": TIMEOUT_MAX}[group.name]
        if float(attributes.get("deregistration_delay.timeout_seconds", 300)) < longest:
            yield f"{group.name}: deregisters a task before its calls have ended"
    for task, container in _containers(deployment, *_SERVERS):
        if container.get("StopTimeout", 30) <= GRACE:
            yield f"{task.name}: {container['Name']} is killed before its calls have ended"
        if container.get("LinuxParameters", {}).get("InitProcessEnabled") is not True:
            yield f"{task.name}: {container['Name']} ignores SIGTERM while it starts"


def _containers(deployment: Deployment, *names: str) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Yields the containers with these names, or all containers if none is given."""
    for task in deployment.of_type(TASK):
        found = task.properties["ContainerDefinitions"]
        yield from ((task, container) for container in found if not names or container["Name"] in names)


@rule
def containers_require_tls_and_tokens(deployment: Deployment) -> Iterator[str]:
    for task, container in _containers(deployment, "registry"):
        given = {each["Name"]: each["Value"] for each in container["Environment"]}
        if given.get("MAAS_REGISTRY_AUTH") != "on" or not given.get("MAAS_REGISTRY_TLS_CERT"):
            yield f"{task.name}: accepts plaintext, or calls without a token"
    for task, container in _containers(deployment, "predictor"):
        given = {each["Name"]: each["Value"] for each in container["Environment"]}
        if given.get("MAAS_REGISTRY_TLS") != "on" or not given.get("MAAS_PREDICTOR_TLS_CERT"):
            yield f"{task.name}: accepts plaintext, or sends its tokens in plaintext"
    for function in deployment.of_type(FUNCTION):
        variables = function.properties.get("Environment", {}).get("Variables", {})
        if "MAAS_REGISTRY_ADDRESS" in variables and variables.get("MAAS_REGISTRY_TLS") != "on":
            yield f"{function.name}: sends its tokens in plaintext"


@rule
def containers_have_no_capabilities_and_a_declared_log_group(deployment: Deployment) -> Iterator[str]:
    for task, container in _containers(deployment):
        rights = container.get("LinuxParameters", {}).get("Capabilities", {})
        if rights != {"Drop": ["ALL"]} or "User" in container:  # the image names its user
            yield f"{task.name}: {container['Name']} has capabilities or a user of its own"
        options = container.get("LogConfiguration", {}).get("Options", {})
        group = deployment.referenced(options.get("awslogs-group", {}), task)
        if group is None or group.type != "AWS::Logs::LogGroup":
            yield f"{task.name}: {container['Name']} does not log to a log group of the templates"
    for service in deployment.of_type("AWS::ECS::Service"):
        if service.properties.get("EnableExecuteCommand"):
            yield f"{service.name}: commands can be run in its tasks"


@rule
def tasks_have_no_public_address_and_a_read_only_root(deployment: Deployment) -> Iterator[str]:
    for service in deployment.of_type("AWS::ECS::Service"):
        if service.properties["NetworkConfiguration"]["AwsvpcConfiguration"].get("AssignPublicIp") != "DISABLED":
            yield f"{service.name}: has public addresses"
    for task in deployment.of_type(TASK):
        for container in task.properties["ContainerDefinitions"]:
            if container.get("ReadonlyRootFilesystem") is not True or container.get("Privileged"):
                yield f"{task.name}: {container['Name']} can write to its own root file system"


@rule
def every_service_scales_out_and_in(deployment: Deployment) -> Iterator[str]:
    scaled = list(deployment.of_type("AWS::ApplicationAutoScaling::ScalableTarget"))
    policies = list(deployment.of_type("AWS::ApplicationAutoScaling::ScalingPolicy"))
    for service in deployment.of_type("AWS::ECS::Service"):
        targets = {target.name for target in scaled if target.template == service.template}
        if not any(policy.properties["ScalingTargetId"].get("Ref") in targets for policy in policies):
            yield f"{service.name}: has no scaling"
    least = LEAST_TASKS[deployment.environment]
    for target in scaled:
        if not least <= int(target.properties["MinCapacity"]) < int(target.properties["MaxCapacity"]):
            yield f"{target.name}: {target.properties['MinCapacity']} to {target.properties['MaxCapacity']} tasks"


@breaks(tasks_are_replaced_without_downtime, "Service")
def fewer_tasks_during_deployment(sources: Sources) -> None:
    sources.properties("Service")["DeploymentConfiguration"]["MinimumHealthyPercent"] = 50


@breaks(tasks_are_replaced_without_downtime, "Service")
def no_rollback_of_failed_deployments(sources: Sources) -> None:
    sources.properties("Service")["DeploymentConfiguration"]["DeploymentCircuitBreaker"]["Rollback"] = False


@breaks(the_load_balancer_uses_grpc_and_checks_health, "Targets")
def plain_http2(sources: Sources) -> None:
    sources.properties("Targets")["ProtocolVersion"] = "HTTP2"


@breaks(the_load_balancer_uses_grpc_and_checks_health, "Targets")
def any_answer_is_healthy(sources: Sources) -> None:
    sources.properties("Targets")["Matcher"]["GrpcCode"] = "0-99"


@breaks(the_load_balancer_uses_grpc_and_checks_health, "Targets")
def plaintext_to_tasks(sources: Sources) -> None:
    sources.properties("Targets")["Protocol"] = "HTTP"


@breaks(the_load_balancer_is_internal_and_accepts_tls_only, "LoadBalancer")
def public_load_balancer(sources: Sources) -> None:
    sources.properties("LoadBalancer")["Scheme"] = "internet-facing"


@breaks(the_load_balancer_has_deletion_protection, "LoadBalancer")
def unprotected_load_balancer(sources: Sources) -> None:
    sources.properties("LoadBalancer")["LoadBalancerAttributes"][0]["Value"] = "false"


@breaks(the_load_balancer_is_internal_and_accepts_tls_only, "Listener")
def old_tls(sources: Sources) -> None:
    sources.properties("Listener")["SslPolicy"] = "ELBSecurityPolicy-2016-08"


@breaks(the_load_balancer_is_internal_and_accepts_tls_only, "Listener")
def tls_1_0(sources: Sources) -> None:
    sources.properties("Listener")["SslPolicy"] = "ELBSecurityPolicy-TLS13-1-0-2021-06"


@breaks(a_stopping_task_finishes_its_calls, "Targets")
def no_time_to_drain(sources: Sources) -> None:
    sources.properties("Targets")["TargetGroupAttributes"][0]["Value"] = "0"


@breaks(a_stopping_task_finishes_its_calls, "RegistryTask")
def killed_early(sources: Sources) -> None:
    _registry(sources)["StopTimeout"] = 20


@breaks(a_stopping_task_finishes_its_calls, "RegistryTask")
def sigterm_ignored_during_start(sources: Sources) -> None:
    del _registry(sources)["LinuxParameters"]["InitProcessEnabled"]


@breaks(containers_require_tls_and_tokens, "RegistryTask")
def plaintext_registry(sources: Sources) -> None:
    kept = [each for each in _registry(sources)["Environment"] if "TLS" not in each["Name"]]
    _registry(sources)["Environment"] = kept


@breaks(containers_require_tls_and_tokens, "RegistryTask")
def no_tokens_by_default(sources: Sources) -> None:
    sources.documents["template.yaml"]["Parameters"]["RegistryAuth"]["Default"] = "off"


@breaks(containers_require_tls_and_tokens, "ModelsFunction")
def plaintext_by_default(sources: Sources) -> None:
    sources.documents["template.yaml"]["Parameters"]["RegistryTls"]["Default"] = "off"


@breaks(containers_have_no_capabilities_and_a_declared_log_group, "RegistryTask")
def root_user(sources: Sources) -> None:
    _registry(sources)["User"] = "0"


@breaks(containers_have_no_capabilities_and_a_declared_log_group, "RegistryTask")
def all_capabilities_kept(sources: Sources) -> None:
    del _registry(sources)["LinuxParameters"]


@breaks(containers_have_no_capabilities_and_a_declared_log_group, "RegistryTask")
def log_group_made_by_ecs(sources: Sources) -> None:
    options = {"awslogs-group": "/registry", "awslogs-create-group": "true"}
    _registry(sources)["LogConfiguration"] = {"LogDriver": "awslogs", "Options": options}


@breaks(containers_have_no_capabilities_and_a_declared_log_group, "Service")
def commands_in_tasks(sources: Sources) -> None:
    sources.properties("Service")["EnableExecuteCommand"] = True


@breaks(tasks_have_no_public_address_and_a_read_only_root, "Service")
def public_tasks(sources: Sources) -> None:
    sources.properties("Service")["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] = "ENABLED"


@breaks(tasks_have_no_public_address_and_a_read_only_root, "RegistryTask")
def writable_root(sources: Sources) -> None:
    for container in sources.properties("RegistryTask")["ContainerDefinitions"]:
        container.pop("ReadonlyRootFilesystem", None)


@breaks(every_service_scales_out_and_in, "Scaling")
def one_task_in_production(sources: Sources) -> None:
    sources.properties("Scaling")["MinCapacity"] = 1


@breaks(every_service_scales_out_and_in, "Service")
def no_scaling_policies(sources: Sources) -> None:
    for name in ("ScaleByCpu", "ScaleByCalls"):
        del sources.documents["infra/registry.yaml"]["Resources"][name]


@breaks(containers_require_tls_and_tokens, "PredictorTask")
def plaintext_predictor(sources: Sources) -> None:
    container = _container(sources, "PredictorTask", "predictor")
    container["Environment"] = [each for each in container["Environment"] if "TLS_CERT" not in each["Name"]]


@breaks(a_stopping_task_finishes_its_calls, "PredictorTargets")
def predictions_cut_off(sources: Sources) -> None:
    sources.properties("PredictorTargets")["TargetGroupAttributes"][0]["Value"] = "20"


@breaks(every_service_scales_out_and_in, "PredictorService")
def no_scaling_of_the_predictor(sources: Sources) -> None:
    del sources.documents["infra/predictor.yaml"]["Resources"]["PredictorScaleByCpu"]


def _registry(sources: Sources) -> dict[str, Any]:
    return _container(sources, "RegistryTask", "registry")


def _container(sources: Sources, task: str, name: str) -> dict[str, Any]:
    containers = sources.properties(task)["ContainerDefinitions"]
    found: dict[str, Any] = next(container for container in containers if container.get("Name") == name)
    return found
