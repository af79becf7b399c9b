"""The callers of predictions: access tokens and API keys in the metadata, as at the HTTP API.

The registry looks the caller up with each version that it tells, so that rights, revocations and networks of keys
count here as everywhere (docs/decisions/0046, 0048, 0078).
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from cachetools import TTLCache

from functions.predictor.shares import Shares
from maas.adapters.access_tokens import SignedAccessTokens
from maas.adapters.aws.identity.shown_keys import ShownKeys
from maas.domain.errors import MaasError, TimedOut, Unauthenticated
from maas.domain.identity.api_keys import shown_secret
from maas.domain.identity.key_prefix import PREFIX
from maas.domain.identity.principals import SERVICES, Principal, Scope
from maas.domain.inference.statistics import CANCELLED
from maas.grpc_server.call_context import Call, Proceed
from maas.platform.timings import Timings, begun
from maas.security.bearer import bearer_token
from maas.services.request_limits import RequestLimits

# Verified credentials are cached for so many seconds; a token can outlive its expiry by as long.
_TTL, _MAX = 5.0, 4_096
# Methods that tell nothing of models, so that probes need no credential.
PUBLIC = tuple(f"/inference.GRPCInferenceService/{name}" for name in ("ServerLive", "ServerReady", "ServerMetadata"))
_INFER = "/inference.GRPCInferenceService/ModelInfer"
_NO_CREDENTIAL = "this needs a credential: authorization: Bearer <access token or API key>"
# Takes a prediction that has ended.
Counter = Callable[[Timings], None]
# Seconds of a call's deadline that are left for the answer.
_MARGIN = 0.05


class Callers:
    """A step around calls: sets the call's principal and deadline, counts its request, and measures predictions."""

    def __init__(
        self,
        tokens: SignedAccessTokens,
        keys: ShownKeys,
        limits: RequestLimits,
        counters: Sequence[Counter],
        shares: Shares,
    ) -> None:
        self._tokens, self._keys, self._limits = tokens, keys, limits
        self._counters, self._shares = counters, shares
        self._verified: TTLCache[tuple[str, str], Principal] = TTLCache(_MAX, _TTL)

    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        """Answers the call.

        Raises what `identify` raises, PermissionDenied without the scope, and Exhausted past the organization's share.
        """
        left: float | None = call.context.time_remaining()
        if left is not None:
            call.deadline = time.monotonic() + left - min(_MARGIN, left / 10)
        if call.method in PUBLIC:
            return await proceed(call, request)
        call.principal = principal = await self.identify(call)
        call.log_fields |= {"subject": principal.subject, "tenant": principal.tenant_id}
        principal.require(Scope.INFERENCE_INVOKE)
        if call.method == _INFER:
            return await self._measured(proceed, call, request)
        return await proceed(call, request)

    async def identify(self, call: Call) -> Principal:
        """The principal of the call's credential. Its request is counted.

        Raises:
            Unauthenticated, TokenExpired
            RateLimited: the caller has made too many requests.
            Unavailable: a secret or the key can't be read.
        """
        # Nobody is believed about the address of somebody else.
        call.source_address, call.effect_id = call.address, ""
        text = bearer_token(call.metadata.get("authorization") or "")
        if not text:
            raise Unauthenticated(_NO_CREDENTIAL)
        shown = text, call.address if text.startswith(PREFIX) else ""
        found = self._verified.get(shown)
        if found is None:
            # In a thread, because a secret or the key may have to be read.
            found = self._verified[shown] = await asyncio.to_thread(self._accepted, text, call.address, call.request_id)
        if refused := (await asyncio.to_thread(self._limits.take, found)).refused:
            raise refused
        return found

    def _accepted(self, text: str, address: str, request_id: str) -> Principal:
        if text.startswith(PREFIX):
            shown = shown_secret(text)
            key = self._keys.accepted(shown, address, request_id)
            return Principal(key.user_id, key.tenant_id, frozenset(), key.scopes, shown.credential)
        principal = self._tokens.verify(text)
        if principal.subject in SERVICES:
            raise Unauthenticated("the token is not valid")
        return principal

    async def _measured(self, proceed: Proceed, call: Call, request: Any) -> Any:
        assert call.principal
        timings = begun(call.principal.tenant_id)
        try:
            with self._shares.taken(call.principal.tenant_id):
                return await proceed(call, request)
        except MaasError as error:
            timings.failed(error.code, error.fields)
            raise
        except asyncio.CancelledError:  # by the client, or by the end of its deadline
            is_late = call.deadline is not None and time.monotonic() >= call.deadline
            timings.failed(TimedOut.code if is_late else CANCELLED)
            raise
        except Exception:  # a bug, which counts as an error too and is answered further out
            timings.failed(MaasError.code)
            raise
        finally:
            timings.ended(time.perf_counter() - call.started)
            call.context.set_trailing_metadata((*(call.context.trailing_metadata() or ()), *timings.headers()))
            for count in self._counters:
                count(timings)
