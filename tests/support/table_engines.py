"""The servers for DynamoDB that keep tables on disk, for tests of each and of concurrent writers.

moto sometimes loses a conditional update.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.paths import ROOT
from local.servers import table_stores
from local.servers.ports import free_port
from local.servers.table_stores import ENGINES, Engine, TableStore
from local.template.document import TABLE, Template
from local.template.provision import Provisioner
from tests.support.rounds import FULL
from tests.support.server_processes import server

_MEMORY = Path("/dev/shm")
_HERE = [engine for engine in ENGINES if table_stores.find(engine)]
# The engines for tests that need one of them, and the servers for tests that moto passes too: the one that the local
# stack prefers, or all with TEST_ROUNDS=full. docs/decisions/0041 has the reason.
TESTED_ENGINES = ENGINES if FULL else tuple(_HERE[:1]) or ENGINES[:1]
TABLE_STORES = (*ENGINES, "moto") if FULL else tuple(_HERE[:1]) or ("moto",)


@dataclass(frozen=True)
class Tables:
    """The endpoint, and the names of the tables there."""

    endpoint: str
    table: str
    identity: str
    keys: str = ""
    audit: str = ""
    jobs: str = ""
    monitoring: str = ""


def installed(engine: Engine) -> TableStore:
    """Returns the engine, or skips the test if it is not installed."""
    found = table_stores.find(engine)
    if found is None:
        pytest.skip(f"no {engine} on this machine; local/tools/get-{engine} gets it")
    return found


@contextlib.contextmanager
def table_server(engine: Engine) -> Iterator[str]:
    """Starts an engine on a free port of loopback, without tables, and yields its endpoint.

    Its files are in memory where the system has a folder for that. Skips the test if the engine is not installed.
    """
    store, port = installed(engine), free_port()
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        folder = Path(name)
        with server(store.process(port, folder).argv, port):
            store.prepare(folder)
            yield f"http://127.0.0.1:{port}"


def make_tables(endpoint: str) -> Tables:
    """Creates all tables that template.yaml declares, with the local stack's own code."""
    template = Template(ROOT / "template.yaml", {})
    services: list[Any] = ["dynamodb", "sqs", "s3", "secretsmanager", "events"]
    clients: list[Any] = [boto3.client(service, endpoint_url=endpoint) for service in services]
    Provisioner(template, *clients).run(TABLE)
    return Tables(
        endpoint,
        *(
            template.attribute(name, "Ref")
            for name in (
                "RegistryTable",
                "IdentityTable",
                "IdempotencyTable",
                "AuditTable",
                "JobsTable",
                "MonitoringTable",
            )
        ),
    )
