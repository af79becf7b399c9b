"""A container of the template, run by Docker as ECS would run it: its own image, nothing to write to, no rights."""

from local.aws_account import CREDENTIALS
from local.servers import processes
from local.servers.managed_process import ProcessSpec
from local.servers.probes import grpc_serving
from local.template.specs import ContainerSpec

PORT = 9090  # inside, as template.yaml says


def container_name(network: str, container: str) -> str:
    """As `docker` knows it."""
    return f"{network}-{container}"


def container_process(spec: ContainerSpec, image: str, network: str, port: int) -> ProcessSpec:
    """In `network` it is called as in the template; outside it is on loopback, at `port`."""
    environment = CREDENTIALS | dict(spec.environment)
    full_name = container_name(network, spec.name)
    argv = ["docker", "run", "--rm", "--init", "--name", full_name, "--network", network, "--network-alias", spec.name]
    argv += ["--publish", f"127.0.0.1:{port}:{PORT}"]
    argv += ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    for variable in environment:  # by name alone: values do not belong on a command line
        argv += ["--env", variable]
    return ProcessSpec(
        spec.name,
        [*argv, image],
        processes.shell() | environment,
        grpc_serving(port),
        grace=15,
        cleanup=["docker", "rm", "--force", full_name],
    )
