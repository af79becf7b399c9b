"""The whole stack: stores, the template's resources in them, then functions, registry and gateway."""

import asyncio
import contextlib
import dataclasses
import os
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from local import printed_user, stores
from local.dashboards import servers as dashboards
from local.embedded import EmbeddedBackend
from local.functions.pollers import Clients
from local.limits import LIMITS
from local.public.names import LOOPBACK, Public
from local.sam.stack import SamBackend
from local.servers.ports import free_port
from local.servers.run_context import Addresses, Options, RunContext
from local.shell_settings import METRICS_LISTEN
from local.template.document import Template
from local.template.reader import read_application
from local.template.specs import Application

# Nobody gets mail at this domain (RFC 2606).
MAIL_SENDER = "maas@example.com"


class Backend(Protocol):
    """Runs functions, registry and gateway."""

    kind: str
    port: int
    client_port: int

    async def prepare(self) -> None:
        """Does everything that takes long or may fail before the first server starts."""

    async def internal_addresses(self, addresses: Addresses) -> Addresses:
        """Returns the addresses that functions and registry use for the same servers."""

    async def serve(
        self, application: Application, addresses: Addresses, parameters: Mapping[str, str], clients: Clients
    ) -> None:
        """Starts everything and waits until it is ready.

        `addresses` are those on this machine, `parameters` those of the template.
        """

    def ready(self) -> dict[str, Any]:
        """Returns further entries of the ready file."""


class Stack:
    """One run of the stack."""

    def __init__(self, context: RunContext) -> None:
        self.context = context
        self._backend: Backend = SamBackend(context) if context.options.sam else EmbeddedBackend(context)

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, options: Options) -> AsyncIterator["Stack"]:
        """Starts the stack, yields it, and stops it in every case.

        Raises:
            StackError: a server did not start, or the template can't be run.
        """
        context = RunContext(options)
        async with context.exit_stack:
            stack = cls(context)
            await stack._start()
            yield stack

    async def _start(self) -> None:
        context, backend = self.context, self._backend
        printed_user.check(context)
        free_port(context.options.ports.registry)  # fails now, and not after minutes of preparation
        await backend.prepare()
        registry_port = context.port("registry", context.options.ports.registry)
        started = await stores.start(context)
        self.addresses = _addresses(started, backend.port, registry_port)
        public = context.options.public
        self.client_addresses = dataclasses.replace(
            self.addresses, gateway=public.gateway(backend.client_port), s3=public.s3(started.s3_client)
        )
        internal = await backend.internal_addresses(self.addresses)
        parameters = _parameters(self.client_addresses, internal) | _outbound(public) | dict(context.options.parameters)
        self.template = Template(context.options.template, parameters)
        clients = await asyncio.to_thread(stores.provision, context, self.template, started)
        application = read_application(self.template)
        context.remarks += self.template.remarks()
        await backend.serve(application, self.addresses, parameters, clients)
        self._dashboards = await dashboards.start(context, self.addresses.gateway)
        self.user = await printed_user.ready(context, self.addresses.gateway, application)
        context.folder.save()

    def ready(self) -> dict[str, Any]:
        """Returns everything that scripts need; the content of `--ready-file`."""
        context = self.context
        common = {
            "kind": self._backend.kind,
            **dataclasses.asdict(self.client_addresses),
            "inside": {"gateway": self.addresses.gateway, "s3": self.addresses.s3},
            "data": str(context.folder.path) if context.folder.lasts else None,
            "logs": str(context.logs),
            "mailbox": str(context.folder.mail),
            "pid": os.getpid(),
            "user": self.user,
            **dataclasses.asdict(self._dashboards),
            "metrics": context.options.registry.get(METRICS_LISTEN),
            "registry_auth": context.options.parameters.get("RegistryAuth", "on"),
            "credentials": context.credentials,
            "pids": {name: process.pid for name, process in context.processes.items()},
            **stores.resource_names(self.template),
            "remarks": context.remarks,
        }
        return common | self._backend.ready()


def _addresses(started: stores.Stores, gateway: int, registry: int) -> Addresses:
    return Addresses(
        gateway=f"http://{LOOPBACK}:{gateway}",
        registry=f"{LOOPBACK}:{registry}",
        s3_kind=started.s3_kind,
        redis=f"redis://{LOOPBACK}:{started.redis}/0" if started.redis else None,
        table_store_kind=started.tables_kind,
        mail=f"{LOOPBACK}:{started.mail}",
        **started.urls,
    )


def _parameters(outside: Addresses, internal: Addresses) -> dict[str, str]:
    """The template's parameters. Functions and registry use internal addresses, and sign URLs for clients outside."""
    return {
        "Stage": "local",
        "RegistryAddress": internal.registry,
        "RegistryTls": "off",  # the calls stay on this machine
        "RedisUrl": internal.redis or "",
        "AwsEndpoint": internal.aws,
        "TablesEndpoint": internal.table_store,
        "S3Endpoint": internal.s3,
        "S3PublicEndpoint": outside.s3,
        "MailSender": MAIL_SENDER,
        "SmtpAddress": internal.mail,
        **LIMITS,
    }


def _outbound(public: Public) -> dict[str, str]:
    """Returns whether webhooks may be on this machine: yes, unless people on other machines use the stack too."""
    return {"OutboundLoopback": "off" if public.is_open else "on"}
