"""The client of MaaS (Model as a Service): `Client` blocks, `AsyncClient` is awaited; both have the same methods."""

from maas_client import answers, errors, id_tokens
from maas_client.client import AsyncClient
from maas_client.errors import MaasError
from maas_client.http.options import VERSION
from maas_client.http.retries import Retries
from maas_client.progress import Progress
from maas_client.sync import Client
from maas_client.transfer.cache import Cache, CachedFile
from maas_client.transfer.pull import Pulled

__version__ = VERSION
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
