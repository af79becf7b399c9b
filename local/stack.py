"""The whole stack: stores, the template's resources in them, then functions, registry and gateway of one kind."""

import asyncio
import contextlib
import dataclasses
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

import httpx2

from local import stores
from local.aws_account import CREDENTIALS
from local.embedded import Embedded
from local.errors import StackError
from local.functions.pollers import Clients
from local.sam.remote_function import is_function_error
from local.sam.stack import SamLocal
from local.servers.ports import free_port
from local.servers.run_context import Addresses, Options, RunContext
from local.template.document import BUCKET, BUS, PROVISIONED, QUEUE, TABLE, Template
from local.template.reader import read_application
from local.template.specs import Application


class Kind(Protocol):
    """How functions, registry and gateway are run."""

    kind: str
    port: int

    async def prepare(self) -> None:
        """What can be wrong, or takes long, before anything is started."""

    async def inside(self, addresses: Addresses) -> Addresses:
        """The same addresses as functions and registry see them."""

    async def serve(
        self, application: Application, addresses: Addresses, parameters: Mapping[str, str], clients: Clients
    ) -> None:
        """Starts it all; returns when it answers. `addresses` are those outside, `parameters` the template's."""

    def ready(self) -> dict[str, Any]:
        """What only this kind can tell."""


class Stack:
    """One run of one kind."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._kind: Kind = SamLocal(context) if context.options.sam else Embedded(context)

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, options: Options) -> AsyncIterator["Stack"]:
        """The stack, started; stopped at the end whatever happens.

        Raises:
            StackError: a part did not come up, or the template can't be run.
        """
        context = RunContext(options)
        async with context.exit_stack:
            stack = cls(context)
            await stack._start()
            yield stack

    async def _start(self) -> None:
        context, kind = self._context, self._kind
        free_port(context.options.registry_port)  # refused at once, not after minutes of preparation
        await kind.prepare()
        registry_port = free_port(context.options.registry_port)
        started = await stores.start(context)
        self.addresses = _addresses(started, kind.port, registry_port)
        chosen = _parameters(self.addresses, await kind.inside(self.addresses)) | dict(context.options.parameters)
        self.template = Template(context.options.template, chosen)
        clients = await asyncio.to_thread(stores.provision, context, self.template, started)
        application = read_application(self.template)
        context.remarks += self.template.remarks()
        await kind.serve(application, self.addresses, chosen, clients)
        self.user = await self._register_user()

    @property
    def context(self) -> RunContext:
        """Folders, parts, and what breaks the stack."""
        return self._context

    async def _register_user(self) -> dict[str, Any]:
        """A first user, so that the printed lines can be pasted; also shows that the API answers."""
        user = {"email": "demo@example.com", "password": secrets.token_urlsafe(18)}
        async with httpx2.AsyncClient(base_url=self.addresses.gateway, trust_env=False, timeout=35) as client:
            await self._ask(client, "GET", "/healthz")
            account = await self._ask(client, "POST", "/api/v1/auth/register", user)
        return user | {"tenant_id": account.get("tenant_id")}

    async def _ask(self, client: httpx2.AsyncClient, method: str, path: str, body: Any = None) -> Any:
        logs = self._context.logs
        try:
            answer = await client.request(method, path, json=body)
        except httpx2.TransportError as error:
            raise StackError(f"{method} {path}: {error!r}; logs: {logs}") from error
        if not answer.is_success or is_function_error(answer.content):
            raise StackError(f"{method} {path} answered {answer.status_code} {answer.text}; logs: {logs}")
        return answer.json()

    def ready(self) -> dict[str, Any]:
        """What scripts need to know; the shape of `--ready-file`."""
        names = {
            kind: {name: self.template.attribute(name, "Ref") for name in self.template.of_type(kind)}
            for kind in PROVISIONED
        }
        context = self._context
        common = {
            "kind": self._kind.kind,
            **dataclasses.asdict(self.addresses),
            "logs": str(context.logs),
            "user": self.user,
            "registry_auth": context.options.parameters.get("RegistryAuth", "on"),
            "credentials": CREDENTIALS,
            "pids": {name: part.pid for name, part in context.processes.items()},
            "bucket": next(iter(names[BUCKET].values()), None),
            "tables": names[TABLE],
            "queues": names[QUEUE],
            "buses": names[BUS],
            "remarks": context.remarks,
        }
        return common | self._kind.ready()


def _addresses(started: stores.Stores, gateway: int, registry: int) -> Addresses:
    here = "127.0.0.1"
    return Addresses(
        gateway=f"http://{here}:{gateway}",
        registry=f"{here}:{registry}",
        s3=f"http://{here}:{started.s3}",
        s3_kind=started.s3_kind,
        redis=f"redis://{here}:{started.redis}/0" if started.redis else None,
        aws=f"http://{here}:{started.aws}",
    )


def _parameters(outside: Addresses, inside: Addresses) -> dict[str, str]:
    """The template's: functions and registry use the inside, and sign URLs for those outside."""
    return {
        "Stage": "local",
        "RegistryAddress": inside.registry,
        "RegistryTls": "off",  # the only network between is this machine's
        "RedisUrl": inside.redis or "",
        "AwsEndpoint": inside.aws,
        "S3Endpoint": inside.s3,
        "S3PublicEndpoint": outside.s3,
    }
