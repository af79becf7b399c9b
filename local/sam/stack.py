"""The stack with SAM: functions in Lambda's image behind `sam local`, registry and predictor in their containers."""

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
from local.shell_settings import METRICS_LISTEN
from local.template.specs import Application

_SAM_SERVERS = ("gateway", "events")  # `sam local start-api`, and `start-lambda`
_PROGRESS_INTERVAL = 20.0  # seconds between two progress messages


class SamBackend:
    """Servers listen on loopback; containers reach them through the Docker network of this stack."""

    kind = "sam"

    def __init__(self, context: RunContext) -> None:
        """Raises StackError for options that SAM does not support, and for a port that is taken."""
        if context.options.parameters.get("RegistryAuth") == "off":
            raise StackError("--registry-auth off is only for loopback, and with --sam the registry is in a container")
        if METRICS_LISTEN in context.options.registry:
            raise StackError(f"{METRICS_LISTEN} can't be reached with --sam: the registry is in a container")
        self._context = context
        self.port = self.client_port = context.port("gateway", context.options.ports.gateway)
        name = f"maas-{secrets.token_hex(4)}"
        self._build = cli.WORK / name
        self._network = Network(name, self._build, *context.folder.temporary)
        self._config = context.folder.run / "samconfig.yaml"
        self._environment = context.folder.run / "environment.json"
        self._lambda = f"http://127.0.0.1:{free_port()}"  # `sam local start-lambda`
        self._prepared: dict[str, Any] = {}
        self._predictor = 0
        self._parameters: Mapping[str, str] = {}

    async def prepare(self) -> None:
        """Gets images and SAM CLI, builds, and creates the network.

        Raises:
            StackError: a step failed; the message is one line with the fix.
        """
        await self._network.start_sweeper()
        self._context.exit_stack.push_async_callback(self._network.remove)
        command = [sys.executable, "-m", "local.sam.prepare", str(self._context.options.template), str(self._build)]
        async with _progress_messages():
            output = await _output_of(command)
        self._prepared = json.loads(output or '{"error": "the preparation ended without any output"}')
        if "error" in self._prepared:
            raise StackError(self._prepared["error"])
        await self._network.create()
        # The preparation may have taken minutes.
        self.port = self.client_port = self._context.port("gateway", self._context.options.ports.gateway)

    async def internal_addresses(self, addresses: Addresses) -> Addresses:
        """Returns the addresses that containers use. In the network the registry has a host name."""
        forwarded: dict[int, str] = {}
        own = (addresses.s3, addresses.aws, addresses.table_store, addresses.redis, addresses.mail)
        for address in filter(None, own):
            if _port(address) not in forwarded:
                forwarded[_port(address)] = await self._network.forward(_port(address))
        return dataclasses.replace(
            addresses,
            registry=f"registry:{containers.PORTS['registry']}",
            s3=f"http://{forwarded[_port(addresses.s3)]}",
            aws=f"http://{forwarded[_port(addresses.aws)]}",
            table_store=f"http://{forwarded[_port(addresses.table_store)]}",
            redis=f"redis://{forwarded[_port(addresses.redis)]}/0" if addresses.redis else None,
            mail=forwarded[_port(addresses.mail)],
        )

    async def serve(
        self, application: Application, addresses: Addresses, parameters: Mapping[str, str], clients: Clients
    ) -> None:
        """Starts registry, predictor, SAM, functions and pollers.

        Raises:
            StackError: one of them did not start.
        """
        self._parameters = parameters
        self._write_settings(application)
        self._predictor = self._context.port("predictor")
        await self._start_servers(application, {"registry": _port(addresses.registry), "predictor": self._predictor})
        queues, streams = application.sources, application.streams
        names = {source.function for source in queues} | {source.function for source in streams}
        consumers = {name: RemoteFunction(application.functions[name], self._lambda) for name in names}
        say("starting the functions: images of changed ones are built, a few seconds each")
        try:
            async with _progress_messages():
                await warm_up.warm_up(application, addresses.gateway, consumers)
        except StackError as error:
            logs = [self._context.logs / f"{name}.log" for name in _SAM_SERVERS]
            raise StackError(f"{error}; {cli.hint(*logs)}") from error
        start_pollers(self._context, application, clients, consumers)

    def ready(self) -> dict[str, Any]:
        """Settings with which `sam local` uses the running stack, Lambda's endpoint, and the names of containers."""
        return {
            "lambda": self._lambda,
            "network": self._network.name,
            "parameters": dict(self._parameters),
            "environment": str(self._environment),
            "template": self._prepared["template"],
            "samconfig": str(self._config),
            "predictor": f"127.0.0.1:{self._predictor}",
            "containers": {
                name: containers.container_name(self._network.name, name) for name in self._prepared["images"]
            },
        }

    async def _start_servers(self, application: Application, ports: Mapping[str, int]) -> None:
        images, network = self._prepared["images"], self._network.name
        settings = {"registry": self._context.options.registry}
        specs = [
            *(
                containers.container_process(
                    spec, settings.get(spec.name, {}), images[spec.name], network, ports[spec.name]
                )
                for spec in application.containers
            ),
            self._sam_process("gateway", "start-api", self.port),
            self._sam_process("events", "start-lambda", _port(self._lambda)),
        ]
        say(f"starting {', '.join(spec.name for spec in specs)}")
        await gather_or_cancel(*map(self._context.start_process, specs))

    def _write_settings(self, application: Application) -> None:
        """Writes SAM's config and the functions' environment.

        SAM replaces references to resources by their logical ids, so it can't compute the environment itself.
        """
        environment = {name: dict(spec.environment) for name, spec in application.functions.items()}
        self._environment.write_text(json.dumps(environment, indent=2))
        settings = {
            "template_file": self._prepared["template"],
            "docker_network": self._network.name,
            "env_vars": str(self._environment),
            "skip_pull_image": True,  # `prepare` has pulled it
            "parameter_overrides": [f"{key}={value}" for key, value in self._parameters.items() if value],
        }
        config.write(self._config, settings)

    def _sam_process(self, name: str, command: str, port: int) -> ProcessSpec:
        argv = [self._prepared["sam"], "local", command, "--config-file", str(self._config)]
        argv += ["--host", "127.0.0.1", "--port", str(port)]
        # SAM keeps lock files in TMPDIR. It respects a lock for five minutes, even if its process was killed.
        temporary = self._context.folder.run / "tmp"
        temporary.mkdir(exist_ok=True)
        environment = cli.environment() | {"DOCKER_HOST": self._prepared["engine"], "TMPDIR": str(temporary)}
        return ProcessSpec(name, argv, environment, accepts_connections(port), start_timeout=120, grace=30)


async def _output_of(command: list[str]) -> bytes:
    """Runs a command and returns its output. A cancellation ends the command with all its children."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        output, _ = await process.communicate()
        return output
    finally:
        await processes.stop(process, grace=5)


@contextlib.asynccontextmanager
async def _progress_messages() -> AsyncIterator[None]:
    started = time.monotonic()

    async def repeat() -> None:
        while True:
            await asyncio.sleep(_PROGRESS_INTERVAL)
            say(f"still working after {time.monotonic() - started:.0f} s")

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()


def _port(address: str) -> int:
    return int(address.removesuffix("/0").rpartition(":")[2])
