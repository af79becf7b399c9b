"""DynamoDB Local, for tests with concurrent writers. moto sometimes loses a conditional update."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from local.paths import ROOT
from local.servers import table_stores
from local.servers.ports import free_port
from local.template.document import TABLE, Template
from local.template.provision import Provisioner
from tests.support.server_processes import server


@dataclass(frozen=True)
class DynamoDbLocal:
    """The endpoint, and the name of the registry's table there."""

    endpoint: str
    table: str


@contextlib.contextmanager
def dynamodb_local_server() -> Iterator[str]:
    """Starts it on a free port of loopback, without tables, and yields its endpoint.

    Skips the test if DynamoDB Local is not installed.
    """
    found = table_stores.find("dynamodb-local")
    if found is None:
        pytest.skip("no DynamoDB Local on this machine; local/tools/get-dynamodb-local fetches it")
    port = free_port()
    with server(found.process(port, None).argv, port):
        yield f"http://127.0.0.1:{port}"


def make_tables(endpoint: str) -> DynamoDbLocal:
    """Creates all tables that template.yaml declares, with the local stack's own code."""
    template = Template(ROOT / "template.yaml", {})
    services: list[Any] = ["dynamodb", "sqs", "s3", "secretsmanager", "events"]
    clients: list[Any] = [boto3.client(service, endpoint_url=endpoint) for service in services]
    Provisioner(template, *clients).run(TABLE)
    return DynamoDbLocal(endpoint, template.attribute("RegistryTable", "Ref"))
