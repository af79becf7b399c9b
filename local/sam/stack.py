"""Functions in Lambda's image behind `sam local`, the registry in its container: as they run on AWS."""

import asyncio
import contextlib
import dataclasses
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from local.console import say
from local.errors import StackError
from local.functions.pollers import Clients, start_pollers
from local.paths import ROOT
from local.sam import cli, config, containers, warm_up
from local.sam.network import Network
from local.sam.remote_function import RemoteFunction
from local.servers import processes
from local.servers.managed_process import ProcessSpec
from local.servers.ports import free_port
from local.servers.probes import accepts_connections
from local.servers.run_context import Addresses, RunContext, gather_or_cancel
from local.template.specs import Application

_SAMS = ("gateway", "events")  # `sam local start-api`, and `start-lambda`
_SIGN_OF_LIFE = 20.0  # seconds between two lines while something long is under way


class SamLocal:
    """Servers stay on loopback; containers reach them through the stack's own Docker network."""

    kind = "sam"

    def __init__(self, context: RunContext) -> None:
        """Raises StackError for options that can't be had with SAM, or a port that is taken."""
        if context.options.parameters.get("RegistryAuth") == "off":
            raise StackError("--registry-auth off is for loopback only; with --sam the registry is in a container")
        self._context = context
        self.port = free_port(context.options.port)
        name = f"maas-{secrets.token_hex(4)}"
        self._build = cli.WORK / name
        self._network = Network(name, self._build, context.data)
        self._config = context.data / "samconfig.yaml"
        self._environment = context.data / "environment.json"
        self._made: dict[str, str] = {}
        self._parameters: Mapping[str, str] = {}

    async def prepare(self) -> None:
        """Images, SAM and a build; then the network.

        Raises:
            StackError: one of them can't be had; one line, with what to do.
        """
        await self._network.watch()
        self._context.exit_stack.push_async_callback(self._network.remove)
        command = [sys.executable, "-m", "local.sam.prepare", str(self._context.options.template), str(self._build)]
        async with _signs_of_life():
            output = await _output(command)
        self._made = json.loads(output or '{"error": "the preparation ended without a word"}')
        if "error" in self._made:
            raise StackError(self._made["error"])
        await self._network.create()
        self.port = free_port(self._context.options.port)  # it may have taken minutes

    async def inside(self, addresses: Addresses) -> Addresses:
        """As containers see them; the registry has a name in the network."""
        reached: dict[int, str] = {}
        for address in filter(None, (addresses.s3, addresses.aws, addresses.redis)):
            if _port(address) not in reached:
                reached[_port(address)] = await self._network.reach(_port(address))
        return dataclasses.replace(
            addresses,
            registry=f"registry:{containers.PORT}",
            s3=f"http://{reached[_port(addresses.s3)]}",
            aws=f"http://{reached[_port(addresses.aws)]}",
            redis=f"redis://{reached[_port(addresses.redis)]}/0" if addresses.redis else None,
        )

    async def serve(
        self, application: Application, addresses: Addresses, parameters: Mapping[str, str], clients: Clients
    ) -> None:
        """Raises StackError when the container, SAM or a function does not come up."""
        context, self._parameters = self._context, parameters
        self._write_settings(application)
        events = free_port()
        registry = _port(addresses.registry)
        say(f"starting {', '.join([*(spec.name for spec in application.containers), *_SAMS])}")
        await gather_or_cancel(
            *(
                context.start_process(
                    containers.container_process(spec, self._made["image"], self._network.name, registry)
                )
                for spec in application.containers
            ),
            context.start_process(self._sam("gateway", "start-api", self.port)),
            context.start_process(self._sam("events", "start-lambda", events)),
        )
        names = {source.function for source in application.sources} | {each.function for each in application.streams}
        fed = {name: RemoteFunction(application.functions[name], f"http://127.0.0.1:{events}") for name in names}
        say("starting the functions: their images are made when they changed, a few seconds each")
        try:
            async with _signs_of_life():
                await warm_up.warm_up(application, addresses.gateway, fed)
        except StackError as error:
            raise StackError(f"{error}; {cli.hint(*(context.logs / f'{name}.log' for name in _SAMS))}") from error
        start_pollers(context, application, clients, fed)

    def ready(self) -> dict[str, Any]:
        """What `sam local` needs to use the running stack, and the containers that bear a name."""
        return {
            "network": self._network.name,
            "parameters": dict(self._parameters),
            "environment": str(self._environment),
            "template": self._made["template"],
            "samconfig": str(self._config),
            "containers": {"registry": containers.container_name(self._network.name, "registry")},
        }

    def _write_settings(self, application: Application) -> None:
        """SAM gives a resource's logical id where the template refers to it, so the environment comes from us."""
        environment = {name: dict(spec.environment) for name, spec in application.functions.items()}
        self._environment.write_text(json.dumps(environment, indent=2))
        settings = {
            "template_file": self._made["template"],
            "docker_network": self._network.name,
            "env_vars": str(self._environment),
            "skip_pull_image": True,  # the image is here by now
            "parameter_overrides": [f"{key}={value}" for key, value in self._parameters.items() if value],
        }
        config.write(self._config, settings)

    def _sam(self, name: str, command: str, port: int) -> ProcessSpec:
        argv = [self._made["sam"], "local", command, "--config-file", str(self._config)]
        argv += ["--host", "127.0.0.1", "--port", str(port)]
        # SAM keeps locks in TMPDIR and believes those of a process that was killed for five minutes.
        temporary = self._context.data / "tmp"
        temporary.mkdir(exist_ok=True)
        environment = cli.environment() | {"DOCKER_HOST": self._made["engine"], "TMPDIR": str(temporary)}
        return ProcessSpec(name, argv, environment, accepts_connections(port), start_timeout=120, grace=30)


async def _output(command: list[str]) -> bytes:
    """What it prints; ended with all its children when this is cancelled."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        output, _ = await process.communicate()
        return output
    finally:
        await processes.stop(process, grace=5)


@contextlib.asynccontextmanager
async def _signs_of_life() -> AsyncIterator[None]:
    started = time.monotonic()

    async def tell() -> None:
        while True:
            await asyncio.sleep(_SIGN_OF_LIFE)
            say(f"still at it after {time.monotonic() - started:.0f} s")

    task = asyncio.create_task(tell())
    try:
        yield
    finally:
        task.cancel()


def _port(address: str) -> int:
    return int(address.removesuffix("/0").rpartition(":")[2])
