"""Functions as processes behind our own gateway, the registry as one more: no Docker, and started in seconds."""

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from typing import Any

import uvicorn

from local.aws_account import CREDENTIALS
from local.console import say
from local.functions.pollers import Clients, start_pollers
from local.functions.pool import Pool
from local.functions.worker import WorkerSettings
from local.gateway.app import Gateway
from local.servers import launchers
from local.servers.ports import listen
from local.servers.run_context import Addresses, RunContext, gather_or_cancel
from local.template.specs import Application

_COLD_STARTS_AT_ONCE = 2


class _Server(uvicorn.Server):
    """Signals belong to the command, which stops the parts in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


class Embedded:
    """Everything in this process and its children, on loopback."""

    kind = "embedded"

    def __init__(self, context: RunContext) -> None:
        """Raises StackError when the gateway's port is taken."""
        self._context = context
        self._listener = listen(context.options.port)
        context.exit_stack.callback(self._listener.close)
        self.port: int = self._listener.getsockname()[1]

    async def prepare(self) -> None:
        """Nothing to build."""

    async def inside(self, addresses: Addresses) -> Addresses:
        """Functions run on this machine: they use the same addresses as everybody."""
        return addresses

    async def serve(
        self, application: Application, addresses: Addresses, _parameters: Mapping[str, str], clients: Clients
    ) -> None:
        """Raises StackError when a function or a container does not come up."""
        context = self._context
        pools = self._pools(application)
        say(f"starting {', '.join([c.name for c in application.containers] + list(pools))}")
        registry_port = int(addresses.registry.rpartition(":")[2])
        await gather_or_cancel(
            *(context.start_process(launchers.container(spec, registry_port)) for spec in application.containers),
            *(pool.warm() for pool in pools.values()),
        )
        start_pollers(context, application, clients, pools)
        await self._serve(application, pools, self._listener)

    def ready(self) -> dict[str, Any]:
        """Nothing but what every stack has."""
        return {}

    def _pools(self, application: Application) -> dict[str, Pool]:
        context, starts = self._context, asyncio.Semaphore(_COLD_STARTS_AT_ONCE)
        settings = WorkerSettings(context.logs, context.data / "tmp", CREDENTIALS, starts, context.options.workers)
        pools = {name: Pool(spec, settings) for name, spec in application.functions.items()}
        for pool in pools.values():
            context.exit_stack.push_async_callback(pool.stop)
        return pools

    async def _serve(self, application: Application, pools: Mapping[str, Pool], listener: socket.socket) -> None:
        gateway = Gateway(application, pools, self._context.logs / "gateway.log")
        self._context.exit_stack.callback(gateway.close)
        config = uvicorn.Config(
            gateway,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",  # a client that goes away is not worth a traceback
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
