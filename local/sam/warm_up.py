"""Invokes every function once, so that clients do not wait for images and cold starts, and faults show early."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import httpx2

from local.errors import StackError
from local.functions import sqs_source, stream_source
from local.functions.worker import InvocationFailed
from local.sam.remote_function import RemoteFunction, is_function_error
from local.servers.run_context import gather_or_cancel
from local.template.specs import Application, RouteSpec

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

MAX_CONCURRENT = 2  # with more cold starts than cores, functions time out before they have started
_TIMEOUT = 240.0  # seconds; at the first start SAM builds an image for each function, one after the other

# A message as `receive_message` returns it. The function can't parse it and reports it as failed.
_EMPTY_MESSAGE: "MessageTypeDef" = {"MessageId": "warm-up", "ReceiptHandle": "", "Body": "{}", "MD5OfBody": ""}


async def warm_up(application: Application, gateway: str, consumers: Mapping[str, RemoteFunction]) -> None:
    """Calls a route of each function with an invalid token, or invokes it with an event without content.

    Raises:
        StackError: a function could not be started in two attempts.
    """
    slots = asyncio.Semaphore(MAX_CONCURRENT)
    async with httpx2.AsyncClient(base_url=gateway, trust_env=False, timeout=_TIMEOUT) as client:
        calls = [partial(_call, client, route) for route in harmless_routes(application.routes)]
        invocations = [partial(_invoke, consumers[name], event) for name, event in _empty_events(application).items()]
        await gather_or_cancel(*(_with_retry(slots, call) for call in (*calls, *invocations)))


async def _with_retry(slots: asyncio.Semaphore, call: Callable[[], Awaitable[None]]) -> None:
    async with slots:
        try:
            await call()
        except StackError:  # on a busy machine SAM gives up on a container just before it responds
            await call()


def harmless_routes(routes: Sequence[RouteSpec]) -> list[RouteSpec]:
    """Returns, for each function that has one, a route without side effects for callers with an invalid token."""
    harmless = [route for route in routes if route.method == "GET" or route.authorizer]
    return list({route.function: route for route in reversed(harmless)}.values())


async def _call(client: httpx2.AsyncClient, route: RouteSpec) -> None:
    path = re.sub(r"\{[^}]*\}", "-", route.path)
    try:
        response = await client.request(route.method, path, headers={"authorization": "Bearer none"})
    except httpx2.TransportError as error:
        raise StackError(f"{route.function}: {error!r}") from error
    if response.status_code >= 500 or is_function_error(response.content):
        raise StackError(f"{route.function} does not start: {response.text.strip()}")


def _empty_events(application: Application) -> dict[str, bytes]:
    """An event without content for each function with a queue or stream."""
    queues = {
        source.function: sqs_source.batch_event([_EMPTY_MESSAGE], source.queue_arn) for source in application.sources
    }
    return queues | {
        source.function: stream_source.batch_event([], source.stream_arn) for source in application.streams
    }


async def _invoke(function: RemoteFunction, event: bytes) -> None:
    try:
        await function.invoke(event)
    except InvocationFailed as error:
        raise StackError(str(error)) from error
