"""Invokes a Lambda authorizer and caches its responses, as an HTTP API does for simple responses."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from cachetools import TTLCache
from pydantic_core import to_json

from local.aws_account import ACCOUNT, REGION
from local.functions.pool import Pool, Throttled, unlimited
from local.functions.worker import InvocationFailed
from local.gateway.payload import API_ID, Event, Request, authorizer_event
from local.gateway.refusals import Refusal
from local.template.specs import AuthorizerSpec

_CACHE_SIZE = 10_000
# Seconds for the wait for a process and for its answer: those of a route.
CHECK_MAX = 30.0


class Authorizer:
    """One authorizer of the API. Responses are cached per value of its identity headers; failures are not cached."""

    def __init__(
        self,
        spec: AuthorizerSpec,
        pool: Pool,
        clock: Callable[[], float] = time.monotonic,
        check_max: float = CHECK_MAX,
    ) -> None:
        self._headers = spec.headers
        self._pool = pool
        self._check_max = check_max
        self._cacheable = bool(spec.ttl and spec.headers)
        self._responses: TTLCache[tuple[str, ...], dict[str, Any]] = TTLCache(_CACHE_SIZE, spec.ttl, clock)

    async def context(
        self, request: Request, event: Event, seconds_left: Callable[[], float] = unlimited
    ) -> dict[str, Any]:
        """Returns the context that the function receives as `requestContext.authorizer.lambda`.

        Raises:
            Refusal: 401 without an identity header, 403 if the authorizer denies access, 500 if it fails,
                503 if it did not respond in time.
            Late: the event has waited for `seconds_left`.
            Throttled: too many events wait for it.
        """
        identity = tuple(request.headers.get(name, "") for name in self._headers)
        if not all(identity):
            raise Refusal(401, "Unauthorized", "The request has no Authorization header.")
        response = self._responses.get(identity)
        if response is None:
            response = await self._invoke(event, request, identity, seconds_left)
        if not response["isAuthorized"]:
            raise Refusal(403, "Forbidden", "The credential does not give access to this API.")
        return response.get("context") or {}

    async def _invoke(
        self, event: Event, request: Request, identity: tuple[str, ...], seconds_left: Callable[[], float]
    ) -> dict[str, Any]:
        api = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}"
        arn = f"{api}/$default/{request.method}{request.path}"
        payload = to_json(authorizer_event(event, arn, list(identity)))
        try:
            async with asyncio.timeout(self._check_max):
                response = json.loads(await self._pool.invoke(payload, seconds_left=seconds_left))
        except TimeoutError as error:
            detail = f"The credential was not checked within {self._check_max:g} s."
            raise Refusal(503, "Service Unavailable", detail) from error
        except Throttled:
            raise  # not the function's failure
        except InvocationFailed as error:
            raise Refusal(500, "Internal Server Error", "The credential could not be checked.", str(error)) from error
        if not isinstance(response, dict) or not isinstance(response.get("isAuthorized"), bool):
            reason = f"{self._pool.spec.name}: the response has no boolean isAuthorized"
            raise Refusal(500, "Internal Server Error", "The credential could not be checked.", reason)
        if self._cacheable:
            self._responses[identity] = response
        return response
