"""Made by tools/client_sync.py from maas_client/client.py: do not edit."""

from os import PathLike
from typing import Any

from typing_extensions import Unpack

from maas_client import client as asynchronous
from maas_client.answers import Version
from maas_client.portal import Portal
from maas_client.progress import ProgressCallback
from maas_client.pushing import PushOptions
from maas_client.transfer.pull import Pulled


class ClientMethods:
    """The API at `url`, or at the one of the variable MAAS_API_URL, or of the profile in use.

    Without a credential it takes that of MAAS_API_KEY or MAAS_ID_TOKEN_SOURCE, and then the login that
    `maas auth login` keeps for this address.
    Use it as an async context manager, or call `aclose()`. One client is for any number of concurrent calls.
    """

    def __init__(self, portal: Portal, inner: asynchronous.AsyncClient) -> None:
        self._portal, self._inner = portal, inner

    def push(self, source: Any, *, model: str, **options: Unpack[PushOptions]) -> Version:
        """Makes a file, a folder or a trained object a version of a model, and waits for the server's check of it.

        `source` is a path, an estimator of scikit-learn, XGBoost or LightGBM, or a module of PyTorch. A folder has 1
        to 1,000 files, of which one is served. PushOptions tells the options. A model that is missing is
        created. A push that broke off goes on where it stopped, also in another process or on another
        machine. Raises FileError, ConversionError, TransferError, ValidationFailed, ApiError.
        """
        return self._portal.run(self._inner.push, source, model=model, **options)

    def pull(
        self,
        model: str,
        ref: str | None = None,
        *,
        to: str | PathLike[str] | None = None,
        cache_dir: str | PathLike[str] | None = None,
        dry_run: bool = False,
        parallel: int = 4,
        timeout: float | None = None,
        progress: ProgressCallback | None = None,
    ) -> Pulled:
        """Fetches the files of a version, by default the model's default one, and checks their SHA-256.

        They are kept in the cache, and copied to `to`, a file or a folder, if that is given. A pull that broke off
        goes on where it stopped. Raises CorruptDownload, CorruptStore, CorruptCache, NoSpace, ApiError.
        """
        return self._portal.run(
            self._inner.pull,
            model,
            ref,
            to=to,
            cache_dir=cache_dir,
            dry_run=dry_run,
            parallel=parallel,
            timeout=timeout,
            progress=progress,
        )
