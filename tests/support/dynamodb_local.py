"""DynamoDB Local: the stand-in for what many writers do at once, where moto loses a conditional update now and then."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from local import programs
from local.paths import ROOT
from local.servers.ports import free_port
from local.template.document import TABLE, Template
from local.template.provision import Provisioner
from tests.support.server_processes import server


@dataclass(frozen=True)
class DynamoDbLocal:
    """Where it answers, and the registry's table in it."""

    endpoint: str
    table: str


@contextlib.contextmanager
def dynamodb_local_server() -> Iterator[str]:
    """Its endpoint, on a free port of loopback, without tables. Skips the test on a machine that has none."""
    program = programs.find("dynamodb-local")
    if program is None:
        pytest.skip("no DynamoDB Local on this machine; local/tools/get-dynamodb-local fetches it")
    port = free_port()
    with server([program, "-port", str(port)], port):
        yield f"http://127.0.0.1:{port}"


def make_tables(endpoint: str) -> DynamoDbLocal:
    """All tables that template.yaml declares, made as the local stack makes them."""
    template = Template(ROOT / "template.yaml", {})
    services: list[Any] = ["dynamodb", "sqs", "s3", "secretsmanager", "events"]
    clients: list[Any] = [boto3.client(service, endpoint_url=endpoint) for service in services]
    Provisioner(template, *clients).run(TABLE)
    return DynamoDbLocal(endpoint, template.attribute("RegistryTable", "Ref"))
