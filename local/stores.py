"""Starts the stores (tables, MinIO, Valkey or Redis, mailbox, moto for all else) and creates the resources in them."""

import asyncio
from dataclasses import dataclass
from typing import Any

from botocore.config import Config

from local import aws_clients
from local.console import say
from local.data.checked import TABLES
from local.data.stored import refuse_damaged
from local.functions.pollers import Clients
from local.public.checks import refuse_moto
from local.public.names import LOOPBACK
from local.servers import launchers, table_stores
from local.servers.managed_process import ProcessSpec
from local.servers.run_context import RunContext, gather_or_cancel
from local.servers.table_stores import TableStore
from local.template.document import BUCKET, BUS, QUEUE, SECRET, TABLE, Template
from local.template.provision import Provisioner


@dataclass(frozen=True, slots=True)
class Stores:
    """Ports on loopback. `tables_kind` and `s3_kind` name the server; `redis` is None if there is no Redis.

    `s3_client` is the port for clients, on the address for them.
    """

    aws: int
    tables: int
    tables_kind: str
    s3: int
    s3_kind: str
    s3_client: int
    redis: int | None
    mail: int

    @property
    def urls(self) -> dict[str, str]:
        """The URLs of the servers on loopback, under their names in `Addresses` and in the ready file."""
        ports = {"aws": self.aws, "table_store": self.tables, "s3": self.s3}
        return {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()}


async def start(context: RunContext) -> Stores:
    """Starts the stores. Raises StackError if one does not start."""
    aws, cache = context.port("aws"), context.port("redis")
    specs = [launchers.moto(aws, context.folder.aws if context.folder.lasts else None)]
    table_store = table_stores.choose(context.folder.chosen("tables", context.options.tables))
    tables = context.port("tables") if table_store else aws
    if not table_store:
        context.remarks.append("moto serves DynamoDB instead of dynoxide: it is slower and less exact")
    s3, s3_kind, s3_client, s3_specs = _s3(context, aws)
    mail = context.port("mail")
    specs += [*s3_specs, launchers.mail_sink(mail, context.folder.mail)]
    if redis := launchers.find_redis():
        specs.append(launchers.redis(redis, cache))
    else:
        context.remarks.append("neither Valkey nor Redis was found: there is no shared cache")
    tables_kind = table_store.engine if table_store else "moto"
    context.folder.keep_store("tables", tables_kind)
    context.folder.keep_store("s3", s3_kind)
    jobs = [*map(context.start_process, specs), *([_start_tables(context, table_store, tables)] if table_store else [])]
    say(f"starting {', '.join([*(spec.name for spec in specs), *(['tables'] if table_store else [])])}")
    await gather_or_cancel(*jobs)
    if table_store and (remark := await asyncio.to_thread(table_store.prepare, context.folder.tables)):
        context.remarks.append(remark)
    return Stores(
        aws=aws,
        tables=tables,
        tables_kind=tables_kind,
        s3=s3,
        s3_kind=s3_kind,
        s3_client=s3_client,
        redis=cache if redis else None,
        mail=mail,
    )


async def _start_tables(context: RunContext, table_store: TableStore, port: int) -> None:
    """Starts the table store. Raises StackError if its file is damaged: it would start, and fail at some call."""
    await asyncio.to_thread(refuse_damaged, context.folder.path / TABLES[table_store.engine])
    await context.start_process(table_store.process(port, context.folder.tables))


def _s3(context: RunContext, aws: int) -> tuple[int, str, int, list[ProcessSpec]]:
    """The port of the S3 server, its kind, the port for clients, and what to start. `aws` is the port of moto."""
    public = context.options.public
    program = launchers.choose_minio(context.folder.chosen("s3", context.options.s3))
    if not program:
        refuse_moto(public)
        context.remarks.append(
            "moto serves S3 instead of MinIO: it does not check signatures, lengths or checksums of uploads"
        )
        if public.is_direct:
            return aws, "moto", aws, []
    client = context.port("s3", context.options.ports.s3)
    port = aws if not program else client if public.is_direct else context.port("s3-inside")
    minio = [launchers.minio(program, port, context.folder.s3, context.credentials)] if program else []
    front = [] if public.is_direct else [launchers.s3_front(public, client, port)]
    return port, "minio" if program else "moto", client, minio + front


def provision(context: RunContext, template: Template, stores: Stores) -> Clients:
    """Creates the template's resources. Returns the clients that pollers need.

    Raises:
        TemplateError: a property is unknown, has an unresolved reference, or is rejected by the store.
    """
    session = aws_clients.session(context.credentials)
    # A poll that fails because the stack stops must not be retried.
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={})
    aws, tables, s3 = (stores.urls[name] for name in ("aws", "table_store", "s3"))
    # A connection for the poller of each queue, and some for what is sent.
    sqs = session.client("sqs", endpoint_url=aws, config=config.merge(Config(max_pool_connections=40)))
    events: Any = "events"  # boto3-stubs does not include these services
    streams: Any = "dynamodbstreams"
    provisioner = Provisioner(
        template,
        session.client("dynamodb", endpoint_url=tables, config=config),
        sqs,
        session.client("s3", endpoint_url=s3, config=config),
        session.client("secretsmanager", endpoint_url=aws, config=config),
        session.client(events, endpoint_url=aws, config=config),
    )
    provisioner.run()
    context.folder.keep_used()
    context.remarks += provisioner.remarks
    # The ids of dynoxide's shards are shorter than boto3's check allows.
    unchecked = config.merge(Config(parameter_validation=False))
    return Clients(sqs, session.client(streams, endpoint_url=tables, config=unchecked))


def resource_names(template: Template) -> dict[str, Any]:
    """Physical names of the resources by kind and logical id, after `provision`."""
    kinds = {"tables": TABLE, "queues": QUEUE, "buses": BUS, "secrets": SECRET, "buckets": BUCKET}
    names = {
        part: {name: template.attribute(name, "Ref") for name in template.of_type(kind)} for part, kind in kinds.items()
    }
    buckets = names.pop("buckets")
    return {"bucket": buckets.get("ArtifactsBucket"), "audit_bucket": buckets.get("AuditBucket"), **names}
