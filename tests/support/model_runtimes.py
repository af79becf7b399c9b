"""Runtimes whose workers are forks of one process, which ends with the tests."""

from collections.abc import Callable
from functools import cache

from maas.adapters.onnx.runtime import OnnxRuntime
from maas.adapters.onnx.workers.forks import Forks
from maas.adapters.onnx.workers.pool import Workers
from maas.domain.catalog.versions import Artifact

_POOLS: list[Workers] = []


@cache
def forks() -> Forks:
    return Forks()


def onnx_runtime(path_of: Callable[[Artifact], str], limit: int = 0) -> OnnxRuntime:
    """Returns a runtime without a worker yet; `limit` is in bytes."""
    return OnnxRuntime(workers(path_of, limit))


def workers(path_of: Callable[[Artifact], str], limit: int = 0) -> Workers:
    """Returns a pool without a worker yet."""
    _POOLS.append(Workers(forks(), path_of, limit))
    return _POOLS[-1]


def end_workers() -> None:
    """Ends the workers of all runtimes."""
    while _POOLS:
        _POOLS.pop().close()
