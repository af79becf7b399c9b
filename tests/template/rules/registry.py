"""The registry's service: private, watched, replaced without a lost call."""

from collections.abc import Iterator

from local.template import TASK
from tests.template.checks import breaks, rule
from tests.template.deployment import Deployment, Sources

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


@rule
def the_load_balancer_is_private_and_takes_tls_alone(deployment: Deployment) -> Iterator[str]:
    for balancer in deployment.of_type(f"{_BALANCER}::LoadBalancer"):
        if balancer.properties.get("Scheme") != "internal":
            yield f"{balancer.name}: is open to the internet"
    for listener in deployment.of_type(f"{_BALANCER}::Listener"):
        policy = str(listener.properties.get("SslPolicy"))
        if listener.properties["Protocol"] != "HTTPS" or "TLS13" not in policy:
            yield f"{listener.name}: takes {listener.properties['Protocol']} with {policy}"


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


@breaks(the_load_balancer_is_private_and_takes_tls_alone, "LoadBalancer")
def public_load_balancer(sources: Sources) -> None:
    sources.properties("LoadBalancer")["Scheme"] = "internet-facing"


@breaks(the_load_balancer_is_private_and_takes_tls_alone, "Listener")
def old_tls(sources: Sources) -> None:
    sources.properties("Listener")["SslPolicy"] = "ELBSecurityPolicy-2016-08"


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
