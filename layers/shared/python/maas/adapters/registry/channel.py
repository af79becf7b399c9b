"""The channel to the registry: TLS, retries, keepalive, load balancing, and gRPC's errors as domain errors."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from google.rpc.status_pb2 import Status

from maas.adapters.registry.service_tokens import ServiceTokens
from maas.domain.errors import InvalidInput, MaasError, TooLarge, Unavailable
from maas.domain.identity.principals import Principal
from maas.platform import request_context, trace
from maas.platform.observability import logger
from maas.platform.request_ids import EFFECT_HEADER, GATEWAY_HEADER, SOURCE_HEADER
from maas.rpc.registry.v1 import registry_pb2
from maas.rpc.registry.v1.registry_pb2_grpc import RegistryServiceStub
from maas.wire.errors import from_status
from maas.wire.transport import ANSWER_MAX, PING, PING_TIMEOUT, REQUEST_MAX

DEADLINE = 5.0
# Every RPC, and whether it is idempotent, so that a call whose answer was lost may be retried.
IDEMPOTENT = {
    "CreateModel": False,  # the name would be taken
    "GetModel": True,
    "ListModels": True,
    "UpdateModel": False,  # the expected revision would have changed
    "DeleteModel": False,  # not found
    "CreateVersion": False,  # the number would be taken; a bump would create two versions
    "GetVersion": True,
    "ListVersions": True,
    "UpdateVersion": False,  # the expected revision would have changed
    "PublishVersion": True,
    "DeprecateVersion": True,
    "DeleteVersion": False,
    "ListAliases": True,
    "GetAlias": True,
    "SetAlias": False,  # the expected revision would have changed
    "DeleteAlias": False,
    "RollbackAlias": False,  # it would roll back twice
    "ListAliasMoves": True,
    "GetAliasAt": True,
    "ListGrants": True,
    "ListHeldGrants": True,
    "LeaveGrant": False,
    "SetGrant": True,
    "DeleteGrant": False,
    "StartUpload": False,  # the version would be in another state
    "GetUpload": True,
    "BeginFile": True,
    "ListFiles": True,
    "CompleteUpload": True,
    "AbortUpload": True,
    "RecordValidation": True,
    "FindContents": True,
    "ReuseContents": True,
    "ListKnownFiles": True,
    "CondemnFiles": True,
    "ForgetFiles": True,
    "RepairUploads": True,
    "GetRollout": True,
    "StartRollout": True,
    "ChangeRollout": False,  # an advance may be made twice
    "ListRollouts": True,
    "GetCapture": True,
    "SetCapture": True,
    "GetUsage": True,
    "GetCacheUse": True,
}
_SERVICE = registry_pb2.DESCRIPTOR.services_by_name["RegistryService"].full_name
# Every call waits for a connection if there is none. Waiting sends nothing, so it needs no idempotency.
_SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{"service": _SERVICE, "method": method} for method, may in IDEMPOTENT.items() if may],
            "waitForReady": True,
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                # CANCELLED: the status of a call that a stopping server has just accepted.
                "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
            },
        },
        {
            "name": [{"service": _SERVICE, "method": method} for method, may in IDEMPOTENT.items() if not may],
            "waitForReady": True,
        },
    ],
    # A restart may fail some dozen calls at once; after 50 failures in a row nothing is retried.
    "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.5},
}
_OPTIONS = (
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    ("grpc.enable_retries", 1),
    ("grpc.keepalive_time_ms", PING),
    ("grpc.keepalive_timeout_ms", PING_TIMEOUT),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # The defaults wait up to two minutes, although the registry has restarted long before.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.max_send_message_length", REQUEST_MAX),
    ("grpc.max_receive_message_length", ANSWER_MAX),
)
_SCHEMES = ("dns:", "ipv4:", "ipv6:", "unix:")
_HEALTH = "/grpc.health.v1.Health/Check"
_PROBE = 0.2  # seconds; if the last attempt to connect failed, gRPC answers at once
_UNREACHABLE = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}


class RegistryChannel:
    """One channel, opened by the first call, because a channel belongs to the event loop in which it is opened."""

    def __init__(self, address: str, tokens: ServiceTokens, roots: str | None) -> None:
        self._target = address if address.startswith(_SCHEMES) else f"dns:///{address}"
        self._tokens = tokens
        self._roots = roots
        self._channel: grpc.aio.Channel | None = None
        self._stub: RegistryServiceStub | None = None

    async def call(self, by: Principal, method: str, build: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls `method` for the principal `by`. `build` makes the request from the other arguments.

        Raises:
            MaasError: the registry's error.
            Unavailable: the registry did not answer in time, or the current request has no time left.
            InvalidInput: a value does not fit into the message.
        """
        try:
            request = build(*args, **kwargs)
        except ValueError as error:  # protobuf raises it for lone surrogates, and for numbers over 64 bits
            raise InvalidInput("a text is not valid Unicode, or a number is out of range") from error
        seconds = request_context.remaining_seconds(DEADLINE)
        if seconds <= 0:
            raise Unavailable("the request took too long; try again")
        try:
            return await getattr(self._connected_stub(), method)(request, timeout=seconds, metadata=self._metadata(by))
        except grpc.aio.AioRpcError as error:
            raise (_registry_error(error) or _grpc_error(error, await self._reason(error)) or error) from error

    async def health(self, service: str, seconds: float) -> bool | None:
        """Returns whether this health service of the registry is SERVING; None if the registry has no such service.

        Raises:
            Unavailable: the registry did not answer within `seconds`.
        """
        self._connected_stub()
        assert self._channel is not None
        check: Any = self._channel.unary_unary(_HEALTH)
        name = service.encode()
        # HealthCheckRequest has the name as field 1, HealthCheckResponse the status as field 1, where SERVING is 1.
        request = b"\x0a" + bytes([len(name)]) + name if name else b""
        try:
            answer: bytes = await check(request, timeout=seconds, wait_for_ready=False)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise Unavailable(f"the registry does not answer: {error.code().name}") from error
        return answer == b"\x08\x01"

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()

    async def _reason(self, error: grpc.aio.AioRpcError) -> str:
        """The reason to log. A call that waited for a connection sees only DEADLINE_EXCEEDED, so a second call without
        waiting fetches the real cause.
        """
        channel, details = self._channel, error.details() or ""
        if channel is None or error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
            return details
        if channel.get_state() is grpc.ChannelConnectivity.READY:
            return details
        check: Any = channel.unary_unary(_HEALTH)
        try:
            await check(b"", timeout=_PROBE, wait_for_ready=False)
        except grpc.aio.AioRpcError as cause:
            return cause.details() or ""
        return details

    def _connected_stub(self) -> RegistryServiceStub:
        if self._stub is None:
            if self._roots is None:
                self._channel = grpc.aio.insecure_channel(self._target, options=_OPTIONS)
            else:
                credentials = grpc.ssl_channel_credentials(self._roots.encode() or None)
                self._channel = grpc.aio.secure_channel(self._target, credentials, options=_OPTIONS)
            self._stub = RegistryServiceStub(self._channel)
        return self._stub

    def _metadata(self, by: Principal) -> Sequence[tuple[str, str]]:
        metadata = [("authorization", f"Bearer {self._tokens.token(by)}")]
        request = request_context.CURRENT.get()
        if request:
            metadata.append((trace.HEADER, request.trace.parent))
        if request and request.request_id:
            metadata.append(("x-request-id", request.request_id))
        if request and request.gateway_request_id:
            metadata.append((GATEWAY_HEADER, request.gateway_request_id))
        if request and request.effect_id:
            metadata.append((EFFECT_HEADER, request.effect_id))
        if request and request.source_address:
            metadata.append((SOURCE_HEADER, request.source_address))
        return metadata


def _registry_error(error: grpc.aio.AioRpcError) -> MaasError | None:
    """The domain error that the registry raised; None if it raised none."""
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    return from_status(Status.FromString(details)) if isinstance(details, bytes) else None


def _grpc_error(error: grpc.aio.AioRpcError, reason: str) -> MaasError | None:
    """The domain error for one of gRPC's own errors; None for an error that only a bug can cause."""
    if error.code() in _UNREACHABLE:
        logger.warning("the registry does not answer", code=error.code().name, details=reason)
        return Unavailable("the registry does not answer; try again")
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return TooLarge("the request or its answer is too large for one message")
    return None
