"""Asks a Lambda authorizer and keeps its answers, as an HTTP API does for simple responses."""

import json
import time
from collections.abc import Callable
from typing import Any

from cachetools import TTLCache

from local.aws_account import ACCOUNT, REGION
from local.functions.pool import Pool
from local.functions.worker import InvocationFailed
from local.gateway.payload import API_ID, Event, Request, authorizer_event
from local.gateway.refusals import Refusal
from local.template.specs import AuthorizerSpec

_KEPT_ANSWERS = 10_000


class Authorizer:
    """One authorizer of the API. Answers are kept per value of its identity headers, failures never."""

    def __init__(self, spec: AuthorizerSpec, pool: Pool, clock: Callable[[], float] = time.monotonic) -> None:
        self._headers = spec.headers
        self._pool = pool
        self._cacheable = bool(spec.ttl and spec.headers)
        self._answers: TTLCache[tuple[str, ...], dict[str, Any]] = TTLCache(_KEPT_ANSWERS, spec.ttl, clock)

    async def context(self, request: Request, event: Event) -> dict[str, Any]:
        """What the function finds under `requestContext.authorizer.lambda`.

        Raises:
            Refusal: 401 without an identity header, 403 when it says no, 500 when it does not answer properly.
        """
        identity = tuple(request.headers.get(name, "") for name in self._headers)
        if not all(identity):
            raise Refusal(401, "Unauthorized", "The request has no Authorization header.")
        answer = self._answers.get(identity)
        if answer is None:
            answer = await self._ask(event, request, identity)
        if not answer["isAuthorized"]:
            raise Refusal(403, "Forbidden", "The credential does not open this API.")
        return answer.get("context") or {}

    async def _ask(self, event: Event, request: Request, identity: tuple[str, ...]) -> dict[str, Any]:
        api = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}"
        arn = f"{api}/$default/{request.method}{request.path}"
        question = json.dumps(authorizer_event(event, arn, list(identity))).encode()
        try:
            answer = json.loads(await self._pool.invoke(question))
        except InvocationFailed as error:
            raise Refusal(500, "Internal Server Error", "The credential could not be checked.", str(error)) from error
        if not isinstance(answer, dict) or not isinstance(answer.get("isAuthorized"), bool):
            reason = f"{self._pool.spec.name}: the answer has no isAuthorized"
            raise Refusal(500, "Internal Server Error", "The credential could not be checked.", reason)
        if self._cacheable:
            self._answers[identity] = answer
        return answer
