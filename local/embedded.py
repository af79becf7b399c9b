"""The stack without Docker: functions and registry as processes, behind our own gateway. It starts in seconds."""

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from typing import Any

import uvicorn

from local.console import say
from local.functions.pollers import Clients, start_pollers
from local.functions.pool import Pool
from local.functions.worker import WorkerSettings
from local.gateway.app import Gateway
from local.servers import launchers
from local.servers.ports import listen
from local.servers.run_context import Addresses, RunContext, gather_or_cancel
from local.template.specs import Application

_MAX_COLD_STARTS = 2
_IDLE_CHECK = 30.0  # seconds


class _Server(uvicorn.Server):
    """Leaves signals to the command, which stops everything in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


class EmbeddedBackend:
    """Runs everything in this process and its children, on loopback."""

    kind = "embedded"

    def __init__(self, context: RunContext) -> None:
        """Raises StackError if the gateway's port is taken."""
        self._context = context
        self._listener = listen(context.port("gateway", context.options.port))
        context.exit_stack.callback(self._listener.close)
        self.port: int = self._listener.getsockname()[1]

    async def prepare(self) -> None:
        """Does nothing: there is nothing to build."""

    async def internal_addresses(self, addresses: Addresses) -> Addresses:
        """Returns `addresses`: functions run on this machine and use the same ones."""
        return addresses

    async def serve(
        self, application: Application, addresses: Addresses, _parameters: Mapping[str, str], clients: Clients
    ) -> None:
        """Starts registry, authorizer, pollers and gateway.

        Raises:
            StackError: a function or a container did not start.
        """
        context = self._context
        pools = self._pools(application)
        # Every call needs the authorizer. A worker of another function starts with its first event.
        authorizers = {route.authorizer.function for route in application.routes if route.authorizer}
        say(f"starting {', '.join([*(spec.name for spec in application.containers), *sorted(authorizers)])}")
        registry_port = int(addresses.registry.rpartition(":")[2])
        await gather_or_cancel(
            *(
                context.start_process(
                    launchers.container(spec, registry_port, context.options.registry, context.credentials)
                )
                for spec in application.containers
            ),
            *(pools[name].warm() for name in authorizers),
        )
        context.run_in_background(_stop_idle_workers(pools), "ending idle workers")
        start_pollers(context, application, clients, pools)
        await self._start_gateway(application, pools, self._listener)

    def ready(self) -> dict[str, Any]:
        """Returns no further entries."""
        return {}

    def _pools(self, application: Application) -> dict[str, Pool]:
        context = self._context
        settings = WorkerSettings(
            logs=context.logs,
            scratch=context.folder.run / "tmp",
            credentials=context.credentials,
            cold_starts=asyncio.Semaphore(_MAX_COLD_STARTS),
            max_workers=context.options.workers,
        )
        pools = {name: Pool(spec, settings) for name, spec in application.functions.items()}
        for pool in pools.values():
            context.exit_stack.push_async_callback(pool.stop)
        return pools

    async def _start_gateway(
        self, application: Application, pools: Mapping[str, Pool], listener: socket.socket
    ) -> None:
        gateway = Gateway(application, pools, self._context.logs / "gateway.log")
        self._context.exit_stack.callback(gateway.close)
        config = uvicorn.Config(
            gateway,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",  # disconnects of clients would be logged with a traceback
            access_log=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=5,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))

        async def stop() -> None:
            server.should_exit = True
            await task

        self._context.exit_stack.push_async_callback(stop)


async def _stop_idle_workers(pools: Mapping[str, Pool]) -> None:
    while True:
        await asyncio.sleep(_IDLE_CHECK)
        for pool in pools.values():
            await pool.stop_idle()
