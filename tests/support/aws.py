"""AWS's APIs, simulated by moto on a free port of loopback, with the resources that template.yaml declares."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from local.limits import LIMITS
from local.servers.launchers import moto
from local.servers.ports import free_port
from local.template.document import Template
from local.template.provision import Provisioner
from local.template.reader import read_application
from local.template.specs import Application
from maas.domain.ids import new_id
from tests.support.server_processes import server

ROOT = Path(__file__).parents[2]
# Nobody has made this model. Without a pinned one, its paths are no routes.
PINNED = "01939e4c-7d2a-7b02-8a41-90c2f3d4e5f6/iris@production"


@contextmanager
def moto_endpoint() -> Iterator[str]:
    """Starts a moto process, which has its own state, and yields its URL."""
    port = free_port()
    with server(moto(port).argv, port):
        yield f"http://127.0.0.1:{port}"


@dataclass(frozen=True)
class Aws:
    """`application` holds each function's environment, with the names of the created resources."""

    endpoint: str
    application: Application

    def client(self, service: Any) -> Any:
        return boto3.client(service, endpoint_url=self.endpoint)

    @contextmanager
    def empty_registry_table(self) -> Iterator[str]:
        """Creates another table like the registry's, because moto scans the whole table for every call."""
        client, like = self.client("dynamodb"), self.application.containers[0].environment["MAAS_REGISTRY_TABLE"]
        found, name = client.describe_table(TableName=like)["Table"], f"{like}-{new_id()}"
        indexes = [
            {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
            for index in found["GlobalSecondaryIndexes"]
        ]
        keys = {key: found[key] for key in ("AttributeDefinitions", "KeySchema")}
        client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", GlobalSecondaryIndexes=indexes, **keys)
        yield name
        client.delete_table(TableName=name)

    def load(self, function: str) -> ModuleType:
        """Imports functions/<folder>/app.py as a cold start does: with its environment set, and as a new module."""
        spec = self.application.functions[function]
        name = f"functions.{spec.code.name}.app"
        sys.modules.pop(name, None)
        with pytest.MonkeyPatch.context() as patch:
            for key, value in spec.environment.items():
                patch.setenv(key, value)
            return importlib.import_module(name)


def provision(endpoint: str, **parameters: str) -> Aws:
    """Creates the template's tables, queues, buckets, secrets and buses at `endpoint`."""
    here = {"AwsEndpoint": endpoint, "TablesEndpoint": endpoint, "S3Endpoint": endpoint, "RegistryTls": "off", **LIMITS}
    template = Template(ROOT / "template.yaml", here | parameters)
    services: list[Any] = ["dynamodb", "sqs", "s3", "secretsmanager", "events"]
    clients: list[Any] = [boto3.client(service, endpoint_url=endpoint) for service in services]
    Provisioner(template, *clients).run()
    return Aws(endpoint, read_application(template))
