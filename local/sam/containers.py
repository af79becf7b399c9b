"""Runs a container of the template in Docker as on ECS: its own image, read-only, without capabilities."""

from collections.abc import Mapping

from local.aws_account import CREDENTIALS
from local.servers import processes
from local.servers.managed_process import ProcessSpec
from local.servers.probes import grpc_serving
from local.template.specs import ContainerSpec

PORTS = {"registry": 9090, "predictor": 9091}  # inside the containers, as in template.yaml


def container_name(network: str, container: str) -> str:
    """The container's name in Docker."""
    return f"{network}-{container}"


def container_process(
    spec: ContainerSpec, settings: Mapping[str, str], image: str, network: str, port: int
) -> ProcessSpec:
    """Returns how to run the container; `settings` replace those of the template.

    Its host name in `network` is its name in the template. Outside the network it is at `port` on loopback.
    """
    environment = CREDENTIALS | dict(spec.environment) | dict(settings)
    full_name = container_name(network, spec.name)
    argv = ["docker", "run", "--rm", "--init", "--name", full_name, "--network", network, "--network-alias", spec.name]
    argv += ["--publish", f"127.0.0.1:{port}:{PORTS[spec.name]}"]
    argv += ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    for variable in environment:  # by name alone: command lines are visible to other users
        argv += ["--env", variable]
    return ProcessSpec(
        spec.name,
        [*argv, image],
        processes.shell() | environment,
        grpc_serving(port),
        grace=15,
        cleanup=["docker", "rm", "--force", full_name],
    )
