"""Calls every function once: the first caller does not wait for images and cold starts, and faults show at once."""

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

AT_ONCE = 2  # more cold starts than cores, and a function's own time is over before it has started
_LIMIT = 240.0  # seconds; the first time an image is made for each function, one after the other

# As `receive_message` would give it; what a function can't read it reports as failed.
_NOTHING: "MessageTypeDef" = {"MessageId": "warm-up", "ReceiptHandle": "", "Body": "{}", "MD5OfBody": ""}


async def warm_up(application: Application, gateway: str, fed: Mapping[str, RemoteFunction]) -> None:
    """By a route of each with a token that nobody accepts, or with a message that says nothing.

    Raises:
        StackError: a function can't be started, twice; the message is its own.
    """
    free = asyncio.Semaphore(AT_ONCE)
    async with httpx2.AsyncClient(base_url=gateway, trust_env=False, timeout=_LIMIT) as client:
        calls = [partial(_call, client, route) for route in harmless_routes(application.routes)]
        feeds = [partial(_feed, fed[name], event) for name, event in _events_of_nothing(application).items()]
        await gather_or_cancel(*(_started(free, start) for start in (*calls, *feeds)))


async def _started(free: asyncio.Semaphore, start: Callable[[], Awaitable[None]]) -> None:
    async with free:
        try:
            await start()
        except StackError:  # on a busy machine SAM gives up a container that is about to answer
            await start()


def harmless_routes(routes: Sequence[RouteSpec]) -> list[RouteSpec]:
    """For each function that has one, a route which changes nothing for a caller without a good token."""
    harmless = [route for route in routes if route.method == "GET" or route.authorizer]
    return list({route.function: route for route in reversed(harmless)}.values())


async def _call(client: httpx2.AsyncClient, route: RouteSpec) -> None:
    path = re.sub(r"\{[^}]*\}", "-", route.path)
    try:
        answer = await client.request(route.method, path, headers={"authorization": "Bearer none"})
    except httpx2.TransportError as error:
        raise StackError(f"{route.function}: {error!r}") from error
    if answer.status_code >= 500 or is_function_error(answer.content):
        raise StackError(f"{route.function} does not start: {answer.text.strip()}")


def _events_of_nothing(application: Application) -> dict[str, bytes]:
    """For each function that is fed."""
    queues = {source.function: sqs_source.batch_event([_NOTHING], source.queue_arn) for source in application.sources}
    return queues | {
        source.function: stream_source.batch_event([], source.stream_arn) for source in application.streams
    }


async def _feed(function: RemoteFunction, event: bytes) -> None:
    try:
        await function.invoke(event)
    except InvocationFailed as error:
        raise StackError(str(error)) from error
