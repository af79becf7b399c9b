"""Registers the first user of a folder where `Registration` lets nobody register, without the API's public route."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace

from local.errors import StackError
from local.functions.pool import Pool
from local.functions.worker import InvocationFailed, WorkerSettings
from local.gateway.payload import MalformedResult, Request, Response, parse_result, request_event, whole_event
from local.public.names import LOOPBACK
from local.template.specs import Application

_PATH = "/api/v1/auth/register"


async def register(application: Application, settings: WorkerSettings, account: Mapping[str, str]) -> Response:
    """Has a worker of its own register the account: there everybody may, and no other request reaches it.

    Raises:
        StackError: the function returned no answer.
    """
    route = next(route for route in application.routes if route.path == _PATH)
    spec = application.functions[route.function]
    pool = Pool(replace(spec, environment={**spec.environment, "MAAS_REGISTRATION": "open"}), settings)
    request = Request(
        id=str(uuid.uuid4()),
        method=route.method,
        path=_PATH,
        query="",
        headers={"content-type": "application/json"},
        cookies=[],
        body=json.dumps(account).encode(),
        source_ip=LOOPBACK,
        protocol="HTTP/1.1",
    )
    try:
        event = whole_event(request_event(request, route.key, {}), request)
        return parse_result(await pool.invoke(event))
    except (InvocationFailed, MalformedResult) as error:
        raise StackError(f"the first user can't be registered: {error}; logs: {settings.logs}") from error
    finally:
        await pool.stop()
