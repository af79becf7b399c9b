"""The FastAPI apps of all functions behind the HTTP API, as a cold start makes them, without anything outside."""

import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from uuid import UUID

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from local.aws_account import ACCOUNT, CREDENTIALS, REGION
from local.limits import LIMITS
from local.paths import ROOT
from local.template.document import PROVISIONED, Template
from local.template.reader import read_application
from local.template.specs import Application
from maas.entrypoints.route_groups import complete

# Nothing listens there, and nothing is called: clients of AWS connect with their first call.
_NOWHERE = "http://127.0.0.1:9"
# Without a pinned model, its paths are no routes.
_PINNED = f"{UUID(int=0)}/iris@production"
_ATTRIBUTES = ("Ref", "Arn", "Name", "QueueName", "QueueUrl", "StreamArn", "DomainName")


def application() -> Application:
    """The functions of the template, with the environment of each."""
    here = {"AwsEndpoint": _NOWHERE, "TablesEndpoint": _NOWHERE, "S3Endpoint": _NOWHERE, "RegistryTls": "off"}
    template = Template(ROOT / "template.yaml", {**here, **LIMITS, "PinnedModel": _PINNED})
    for name in template.of_type(*PROVISIONED):
        template.set_attributes(name, dict.fromkeys(_ATTRIBUTES, f"arn:aws:any:{REGION}:{ACCOUNT}:{name}"))
    return read_application(template)


@cache
def apps() -> Mapping[str, FastAPI]:
    """The app of each function that has a route, by the function's folder."""
    declared, found = application(), {}
    for function in sorted({route.function for route in declared.routes}):
        spec = declared.functions[function]
        with _environment({**CREDENTIALS, **spec.environment}):
            module = importlib.import_module(f"functions.{spec.code.name}.app")
            found[spec.code.name] = complete(module.handler.__wrapped__.app)
    return found


def api_routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route of an app."""
    routers: list[APIRouter] = [vars(included)["original_router"] for included in app.routes]
    for router in routers:
        yield from (route for route in router.routes if isinstance(route, APIRoute))


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
