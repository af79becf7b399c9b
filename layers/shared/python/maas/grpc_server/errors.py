"""Errors on the gRPC wire: rich status (google.rpc.Status) for errors of the domain, INTERNAL for bugs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import grpc
from google.rpc import code_pb2
from google.rpc.status_pb2 import Status

from maas.domain.errors import UNEXPECTED, MaasError, TimedOut
from maas.grpc_server.call_context import Call, Context, Proceed
from maas.platform.observability import logger
from maas.wire.errors import to_status

# The upper bound of every deadline, in seconds; also for callers that set none.
DEADLINE_MAX = 30.0
# The field's name in a method's request for its name in the domain, by the method's path.
FieldNames = Mapping[str, Mapping[str, str]]
_STATUS_CODES: Mapping[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}


@dataclass(frozen=True, slots=True)
class UnreadableRequest:
    """Stands for a request that could not be parsed; `error` is raised in place of the call."""

    error: MaasError


class Errors:
    """Ends a call with the status of the error that it raised; bugs are logged, and their text stays in the log.

    `names` has the names of fields of methods whose requests have others than the domain.
    """

    def __init__(self, names: FieldNames = MappingProxyType({})) -> None:
        self._names = names

    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        try:
            async with asyncio.timeout(_timeout(call)):
                if isinstance(request, UnreadableRequest):
                    raise request.error
                return await proceed(call, request)
        except MaasError as error:
            await abort(call, error, self._names)
        except TimeoutError:
            await abort(call, TimedOut("the call's time is over"))
        except Exception:  # noqa: BLE001 - the last resort of every call: logged, and answered as INTERNAL
            logger.exception("unexpected error", method=call.method)
            await _abort_with(call.context, Status(code=code_pb2.INTERNAL, message=UNEXPECTED))


async def abort(call: Call, error: MaasError, names: FieldNames = MappingProxyType({})) -> None:
    """Ends the call with the rich status of an error, whose fields get their names in the call's request."""
    await _abort_with(call.context, to_status(error.renamed(names.get(call.method, {}))))


async def _abort_with(context: Context, status: Status) -> None:
    told = context.trailing_metadata() or ()
    details = (*told, ("grpc-status-details-bin", status.SerializeToString()))
    await context.abort(_STATUS_CODES[status.code], status.message, details)


def _timeout(call: Call) -> float:
    """Seconds that the call may take."""
    remaining: float | None = call.context.time_remaining()  # the stub leaves None out
    return DEADLINE_MAX if remaining is None else min(remaining, DEADLINE_MAX)
