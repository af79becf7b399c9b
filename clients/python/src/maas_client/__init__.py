"""The client of MaaS (Model as a Service): `Client` blocks, `AsyncClient` is awaited; both have the same methods.

Names are imported when they are first used: the command handles an interrupt before it imports all of this.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maas_client import answers, errors, id_tokens
    from maas_client.client import AsyncClient
    from maas_client.errors import MaasError
    from maas_client.http.retries import Retries
    from maas_client.progress import Progress
    from maas_client.sync import Client
    from maas_client.transfer.cache import Cache, CachedFile
    from maas_client.transfer.pull import Pulled

    __version__: str

__all__ = [
    "AsyncClient",
    "Cache",
    "CachedFile",
    "Client",
    "MaasError",
    "Progress",
    "Pulled",
    "Retries",
    "__version__",
    "answers",
    "errors",
    "id_tokens",
]
_PLACES = {
    "AsyncClient": "client",
    "Cache": "transfer.cache",
    "CachedFile": "transfer.cache",
    "Client": "sync",
    "MaasError": "errors",
    "Progress": "progress",
    "Pulled": "transfer.pull",
    "Retries": "http.retries",
    "__version__": "version",
}


def __getattr__(name: str) -> Any:
    """Imports a name of the package."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in _PLACES:
        return import_module(f"{__name__}.{name}")
    found = getattr(import_module(f"{__name__}.{_PLACES[name]}"), "VERSION" if name == "__version__" else name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
