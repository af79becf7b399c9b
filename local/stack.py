"""The whole stack: parts started in order, functions behind the gateway, and everything ended in the reverse order."""

import asyncio
import contextlib
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx2
import uvicorn
from botocore.config import Config

from local import cfn, servers
from local.application import read_application
from local.console import say
from local.errors import StackError
from local.gateway import Gateway
from local.parts import Part, PartSpec
from local.pool import Pool
from local.provision import Provisioner
from local.servers import CREDENTIALS, S3Choice
from local.specs import Application
from local.sqs import SqsPoller
from local.template import BUCKET, PROVISIONED, QUEUE, TABLE, Template
from local.workers import Surroundings

_COLD_STARTS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose; a port of 0 is any free one."""

    template: Path = servers.ROOT / "template.yaml"
    parameters: Mapping[str, str] = field(default_factory=dict)
    s3: S3Choice = "auto"
    port: int = 0
    registry_port: int = 0
    workers: int = 4


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts listen: URLs, and host:port for the registry."""

    gateway: str
    registry: str
    s3: str
    s3_kind: str
    redis: str | None
    aws: str


class _Server(uvicorn.Server):
    """Signals belong to the command, which stops the parts in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


class Stack:
    """One run. Everything it makes is under `folder`; only the logs are left at the end."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.folder = Path(tempfile.mkdtemp(prefix="maas-"))
        self.logs = self.folder / "logs"
        self.remarks: list[str] = []
        self.parts: dict[str, Part] = {}
        self.broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.data = self.folder / "data"
        self._exit = contextlib.AsyncExitStack()

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, options: Options) -> AsyncIterator["Stack"]:
        """The stack, started; stopped at the end whatever happens.

        Raises:
            StackError: a part did not come up, or the template can't be run.
        """
        stack = cls(options)
        async with stack._exit:
            await stack._start()
            yield stack

    async def _start(self) -> None:
        self.logs.mkdir()
        self.data.mkdir()
        self._exit.callback(shutil.rmtree, self.data, ignore_errors=True)
        listener = servers.listen(self._options.port)
        self._exit.callback(listener.close)
        await self._start_stores(f"http://127.0.0.1:{listener.getsockname()[1]}")
        self.template = Template(self._options.template, self._parameters())
        await asyncio.to_thread(self._provision)
        application = read_application(self.template)
        self.remarks += self.template.remarks()
        pools = self._pools(application)
        say(f"starting {', '.join([c.name for c in application.containers] + list(pools))}")
        await _together(
            *(self._start_part(servers.container(spec, self._registry_port)) for spec in application.containers),
            *(pool.warm() for pool in pools.values()),
        )
        self._poll(application, pools)
        await self._serve(application, pools, listener)
        self.user = await self._register_user()

    async def _start_stores(self, gateway: str) -> None:
        aws, cache = servers.free_port(), servers.free_port()
        specs = [servers.moto(aws)]
        minio, redis = servers.choose_minio(self._options.s3), servers.find_redis()
        s3 = servers.free_port() if minio else aws
        if minio:
            specs.append(servers.minio(minio, s3, self.data / "s3"))
        else:
            self.remarks.append("moto plays S3 (no MinIO): it checks no signature, length or checksum of an upload")
        if redis:
            specs.append(servers.redis(redis, cache))
        else:
            self.remarks.append("no Valkey or Redis here: nothing is cached outside the processes")
        self._registry_port = servers.free_port(self._options.registry_port)
        self.addresses = Addresses(
            gateway=gateway,
            registry=f"127.0.0.1:{self._registry_port}",
            s3=f"http://127.0.0.1:{s3}",
            s3_kind="minio" if minio else "moto",
            redis=f"redis://127.0.0.1:{cache}/0" if redis else None,
            aws=f"http://127.0.0.1:{aws}",
        )
        say(f"starting {', '.join(spec.name for spec in specs)}")
        await _together(*map(self._start_part, specs))

    async def _start_part(self, spec: PartSpec) -> None:
        part = Part(spec, self.logs / f"{spec.name}.log", self._break)
        self.parts[spec.name] = part
        self._exit.push_async_callback(part.stop)
        await part.start()

    def _break(self, reason: str) -> None:
        if not self.broken.done():
            self.broken.set_result(reason)

    def _parameters(self) -> dict[str, str]:
        chosen = {
            "Stage": "local",
            "RegistryAddress": self.addresses.registry,
            "RedisUrl": self.addresses.redis or "",
            "AwsEndpoint": self.addresses.aws,
            "S3Endpoint": self.addresses.s3,
            "S3PublicEndpoint": self.addresses.s3,
        }
        return chosen | dict(self._options.parameters)

    def _provision(self) -> None:
        key, secret = CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"]
        session = boto3.Session(key, secret, region_name=cfn.REGION)
        # A poll that fails because the stack stops must not be tried again.
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={})
        aws = self.addresses.aws
        self._sqs = session.client("sqs", endpoint_url=aws, config=config)
        provisioner = Provisioner(
            self.template,
            session.client("dynamodb", endpoint_url=aws, config=config),
            self._sqs,
            session.client("s3", endpoint_url=self.addresses.s3, config=config),
            session.client("secretsmanager", endpoint_url=aws, config=config),
        )
        provisioner.run()
        self.remarks += provisioner.remarks

    def _pools(self, application: Application) -> dict[str, Pool]:
        starts = asyncio.Semaphore(_COLD_STARTS_AT_ONCE)
        around = Surroundings(self.logs, self.data / "tmp", CREDENTIALS, starts, self._options.workers)
        pools = {name: Pool(spec, around) for name, spec in application.functions.items()}
        for pool in pools.values():
            self._exit.push_async_callback(pool.stop)
        return pools

    def _poll(self, application: Application, pools: Mapping[str, Pool]) -> None:
        for source in application.sources:
            task = asyncio.create_task(SqsPoller(source, self._sqs, pools[source.function]).run())
            task.add_done_callback(self._polling_ended)
            self._exit.push_async_callback(_cancel, task)

    def _polling_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self._break(f"polling a queue ended: {task.exception()!r}")

    async def _serve(self, application: Application, pools: Mapping[str, Pool], listener: socket.socket) -> None:
        gateway = Gateway(application, pools, self.logs / "gateway.log")
        self._exit.callback(gateway.close)
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

        self._exit.push_async_callback(stop)

    async def _register_user(self) -> dict[str, Any]:
        """A first user, so that the printed lines can be pasted; also shows that the API answers."""
        user = {"email": "demo@example.com", "password": secrets.token_urlsafe(18)}
        async with httpx2.AsyncClient(base_url=self.addresses.gateway, trust_env=False, timeout=35) as client:
            await self._ask(client, "GET", "/healthz")
            account = await self._ask(client, "POST", "/api/v1/auth/register", user)
        return user | {"tenant_id": account.get("tenant_id")}

    async def _ask(self, client: httpx2.AsyncClient, method: str, path: str, body: Any = None) -> Any:
        try:
            answer = await client.request(method, path, json=body)
        except httpx2.TransportError as error:
            raise StackError(f"{method} {path}: {error!r}; logs: {self.logs}") from error
        if not answer.is_success:
            raise StackError(f"{method} {path} answered {answer.status_code} {answer.text}; logs: {self.logs}")
        return answer.json()

    def ready(self) -> dict[str, Any]:
        """What scripts need to know; the shape of `--ready-file`."""
        names = {
            kind: {name: self.template.attribute(name, "Ref") for name in self.template.of_type(kind)}
            for kind in PROVISIONED
        }
        return {
            "gateway": self.addresses.gateway,
            "registry": self.addresses.registry,
            "s3": self.addresses.s3,
            "s3_kind": self.addresses.s3_kind,
            "redis": self.addresses.redis,
            "aws": self.addresses.aws,
            "logs": str(self.logs),
            "user": self.user,
            "registry_auth": self._options.parameters.get("RegistryAuth", "on"),
            "credentials": CREDENTIALS,
            "pids": {name: part.pid for name, part in self.parts.items()},
            "bucket": next(iter(names[BUCKET].values()), None),
            "tables": names[TABLE],
            "queues": names[QUEUE],
            "remarks": self.remarks,
        }


async def _together(*jobs: Coroutine[Any, Any, None]) -> None:
    """All at once; when one fails the others end before its error goes on."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
