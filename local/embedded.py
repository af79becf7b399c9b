"""The stack without Docker: functions and registry as processes, behind our own gateway. It starts in seconds."""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

from local.console import say
from local.functions.pollers import Clients, start_pollers
from local.functions.pool import Pool
from local.functions.worker import WorkerSettings
from local.gateway.app import Gateway
from local.gateway.disk import Disk
from local.gateway.peers import Peers
from local.gateway.predictor_calls import PredictorCalls
from local.gateway.server import serve
from local.public.names import LOOPBACK
from local.servers import launchers
from local.servers.ports import listen
from local.servers.run_context import Addresses, RunContext, gather_or_cancel
from local.template.specs import Application

_MAX_COLD_STARTS = 2
_IDLE_CHECK = 30.0  # seconds


def worker_settings(context: RunContext) -> WorkerSettings:
    """Returns the settings that the workers of all functions share."""
    return WorkerSettings(
        logs=context.logs,
        scratch=context.folder.run / "tmp",
        credentials=context.credentials,
        cold_starts=asyncio.Semaphore(_MAX_COLD_STARTS),
        max_workers=context.options.workers,
    )


class EmbeddedBackend:
    """Runs everything in this process and its children, on loopback but for the gateway and S3 (`Options.public`).

    With TLS or another address, the gateway listens on loopback too, for this machine.
    """

    kind = "embedded"

    def __init__(self, context: RunContext) -> None:
        """Raises StackError if the gateway's port is taken."""
        self._context = context
        public = context.options.public
        self.client_port = context.port("gateway", context.options.ports.gateway)
        self._listener = self._listen(self.client_port, public.host)
        self.port = self.client_port if public.is_direct else context.port("gateway-inside")
        self._predictor_port = context.port("predictor")
        self._inside = None if public.is_direct else self._listen(self.port)

    async def prepare(self) -> None:
        """Does nothing: there is nothing to build."""

    async def internal_addresses(self, addresses: Addresses) -> Addresses:
        """Returns `addresses`: functions run on this machine and use the same ones."""
        return addresses

    async def serve(
        self, application: Application, addresses: Addresses, _parameters: Mapping[str, str], clients: Clients
    ) -> None:
        """Starts registry, predictor, authorizer, pollers and gateway.

        Raises:
            StackError: a function or a container did not start.
        """
        context = self._context
        pools = self._pools(application)
        # Every call needs the authorizer. A worker of another function starts with its first event.
        authorizers = {route.authorizer.function for route in application.routes if route.authorizer}
        say(f"starting {', '.join([*(spec.name for spec in application.containers), *sorted(authorizers)])}")
        ports = {"registry": int(addresses.registry.rpartition(":")[2]), "predictor": self._predictor_port}
        calls = PredictorCalls()
        context.exit_stack.callback(calls.close)
        settings = {
            "registry": context.options.registry,
            "predictor": {"MAAS_PREDICTOR_CALLS_SOCKET": str(calls.path)},
        }
        await gather_or_cancel(
            *(
                context.start_process(
                    launchers.container(spec, ports[spec.name], settings.get(spec.name, {}), context.credentials)
                )
                for spec in application.containers
            ),
            *(pools[name].warm() for name in authorizers),
        )
        context.run_in_background(_stop_idle_workers(pools), "ending idle workers")
        start_pollers(context, application, clients, pools)
        await self._start_gateway(application, pools, calls)

    def ready(self) -> dict[str, Any]:
        """Returns the address of the predictor."""
        return {"predictor": f"{LOOPBACK}:{self._predictor_port}"}

    def _listen(self, port: int, host: str = LOOPBACK) -> socket.socket:
        listener = listen(port, host)
        self._context.exit_stack.callback(listener.close)
        return listener

    def _pools(self, application: Application) -> dict[str, Pool]:
        context, settings = self._context, worker_settings(self._context)
        pools = {name: Pool(spec, settings) for name, spec in application.functions.items()}
        for pool in pools.values():
            context.exit_stack.push_async_callback(pool.stop)
        return pools

    async def _start_gateway(self, application: Application, pools: Mapping[str, Pool], calls: PredictorCalls) -> None:
        context, public = self._context, self._context.options.public
        disk = Disk(context.folder.path, context.folder.run / "reserve")
        context.run_in_background(disk.watch(), "watching the disk")
        gateway = Gateway(application, pools, context.logs / "gateway.log", Peers(public.proxies), disk)
        context.exit_stack.callback(gateway.close)
        calls.listen(gateway.count_prediction)
        tls = public.pair.context() if public.pair else None
        if public.pair and tls:
            context.run_in_background(public.pair.keep_current(tls), "watching the certificate")
        await serve(gateway, self._listener, tls, context.exit_stack)
        if self._inside:
            await serve(gateway, self._inside, None, context.exit_stack)


async def _stop_idle_workers(pools: Mapping[str, Pool]) -> None:
    while True:
        await asyncio.sleep(_IDLE_CHECK)
        for pool in pools.values():
            await pool.stop_idle()
