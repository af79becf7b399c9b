"""Functions in Lambda's image behind `sam local`, the registry in its container: as they run on AWS."""

import asyncio
import dataclasses
import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import processes, sam, servers
from local.console import say
from local.errors import StackError
from local.ground import Addresses, Ground, together
from local.lambda_api import RemoteFunction
from local.network import Network
from local.parts import PartSpec
from local.servers import CREDENTIALS, ROOT
from local.specs import Application, ContainerSpec, FunctionSpec
from local.sqs import SqsPoller

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_REGISTRY_PORT = 9090  # inside the container, as the template says


class SamLocal:
    """Servers stay on loopback; containers reach them through the stack's own Docker network."""

    kind = "sam"

    def __init__(self, ground: Ground) -> None:
        """Raises StackError when the gateway's port is taken."""
        self._ground = ground
        self.port = servers.free_port(ground.options.port)
        self._network = Network(f"maas-{secrets.token_hex(4)}")
        self._made: dict[str, str] = {}
        self._parameters: Mapping[str, str] = {}
        self._registry_port = 0

    async def prepare(self) -> None:
        """Images, SAM and a build; then the network.

        Raises:
            StackError: one of them can't be had; one line, with what to do.
        """
        if self._ground.options.parameters.get("RegistryAuth") == "off":
            raise StackError("--registry-auth off needs a registry on loopback: with --sam it listens in its container")
        command = [sys.executable, "-m", "local.prepared", str(self._ground.options.template)]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        try:
            output, _ = await process.communicate()
        finally:
            await processes.stop(process, grace=5)
        self._made = json.loads(output or '{"error": "the preparation ended without a word"}')
        if "error" in self._made:
            raise StackError(self._made["error"])
        self._ground.exit.push_async_callback(self._network.remove)
        await self._network.create()

    async def inside(self, addresses: Addresses) -> Addresses:
        """As containers see them; the registry has a name in the network."""
        self._registry_port = _port(addresses.registry)
        reached = {port: await self._network.reach(port) for port in {_port(addresses.s3), _port(addresses.aws)}}
        redis = await self._network.reach(_port(addresses.redis)) if addresses.redis else None
        return dataclasses.replace(
            addresses,
            registry=f"registry:{_REGISTRY_PORT}",
            s3=f"http://{reached[_port(addresses.s3)]}",
            aws=f"http://{reached[_port(addresses.aws)]}",
            redis=f"redis://{redis}/0" if redis else None,
        )

    async def serve(self, application: Application, parameters: Mapping[str, str], sqs: "SQSClient") -> None:
        """Raises StackError when the container or SAM does not come up."""
        ground, self._parameters = self._ground, parameters
        self._environment.write_text(json.dumps(_environment(application.functions.values()), indent=2))
        events = servers.free_port()
        say(f"starting {', '.join([c.name for c in application.containers] + ['gateway', 'events'])}")
        await together(
            *(ground.start_part(self._container(spec)) for spec in application.containers),
            ground.start_part(self._sam("gateway", "start-api", self.port)),
            ground.start_part(self._sam("events", "start-lambda", events)),
        )
        for source in application.sources:
            function = RemoteFunction(application.functions[source.function], f"http://127.0.0.1:{events}")
            ground.keep(SqsPoller(source, sqs, function).run(), "polling a queue")

    def ready(self) -> dict[str, Any]:
        """What `sam local` needs to use the running stack, and the containers that bear a name."""
        return {
            "network": self._network.name,
            "parameters": dict(self._parameters),
            "environment": str(self._environment),
            "template": self._made["template"],
            "containers": {"registry": self._name("registry")},
        }

    @property
    def _environment(self) -> Path:
        return self._ground.data / "environment.json"

    def _name(self, container: str) -> str:
        return f"{self._network.name}-{container}"

    def _sam(self, name: str, command: str, port: int) -> PartSpec:
        overrides = [f"{key}={value}" for key, value in self._parameters.items() if value]
        argv = [self._made["sam"], "local", command, "--host", "127.0.0.1", "--port", str(port)]
        argv += ["--template-file", self._made["template"], "--config-file", str(ROOT / "samconfig.toml")]
        argv += ["--docker-network", self._network.name, "--env-vars", str(self._environment), "--skip-pull-image"]
        argv += ["--parameter-overrides", *overrides]
        environment = sam.environment() | {"DOCKER_HOST": self._made["engine"]}
        return PartSpec(name, argv, environment, servers.accepts(port), limit=120, grace=20)

    def _container(self, spec: ContainerSpec) -> PartSpec:
        """Its environment is the template's and goes by name, so that no value is on a command line."""
        name, environment = self._name(spec.name), CREDENTIALS | dict(spec.environment)
        argv = ["docker", "run", "--rm", "--name", name, "--network", self._network.name]
        argv += ["--network-alias", spec.name, "--publish", f"127.0.0.1:{self._registry_port}:{_REGISTRY_PORT}"]
        argv += ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
        argv += [part for key in environment for part in ("--env", key)]
        return PartSpec(
            spec.name,
            [*argv, self._made["image"]],
            processes.shell() | environment | {"DOCKER_HOST": self._made["engine"]},
            servers.healthy(self._registry_port),
            grace=15,
            clear=["docker", "rm", "--force", name],
        )


def _environment(functions: Any) -> dict[str, Mapping[str, str]]:
    """For --env-vars: SAM itself gives a resource's logical id where the template refers to it."""
    specs: list[FunctionSpec] = list(functions)
    return {spec.name: spec.environment for spec in specs}


def _port(address: str) -> int:
    return int(address.removesuffix("/0").rpartition(":")[2])
