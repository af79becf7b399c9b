"""Made by tools/client_sync.py from maas_client/client.py: do not edit."""

from os import PathLike

from typing_extensions import Unpack

from maas_client import client as asynchronous
from maas_client.answers import Version
from maas_client.client import VersionFields
from maas_client.portal import Portal
from maas_client.progress import ProgressCallback
from maas_client.transfer.pull import Pulled


class ClientMethods:
    """The API at `url`, or at the one of the variable MAAS_API_URL.

    Use it as an async context manager, or call `aclose()`. One client is for any number of concurrent calls.
    """

    def __init__(self, portal: Portal, inner: asynchronous.AsyncClient) -> None:
        self._portal, self._inner = portal, inner

    def push(
        self,
        path: str | PathLike[str],
        *,
        model: str,
        version: str | None = None,
        bump: str | None = None,
        framework: str | None = None,
        replace: bool = False,
        publish: bool = False,
        force_reason: str | None = None,
        parallel: int = 4,
        timeout: float | None = None,
        progress: ProgressCallback | None = None,
        **fields: Unpack[VersionFields],
    ) -> Version:
        """Makes a local file a version of a model, and waits for the server's check of it.

        A model that is missing is created. A push that broke off goes on where it stopped, also in another process or
        on another machine. `replace` gives up another upload, or a file that is not published. `timeout` is for all of
        it, and by default there is none. Raises FileError, TransferError, ValidationFailed, ApiError.
        """
        return self._portal.run(
            self._inner.push,
            path,
            model=model,
            version=version,
            bump=bump,
            framework=framework,
            replace=replace,
            publish=publish,
            force_reason=force_reason,
            parallel=parallel,
            timeout=timeout,
            progress=progress,
            **fields,
        )

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
        """Fetches the file of a version, by default the model's default one, and checks its SHA-256.

        The file is kept in the cache, and copied to `to`, a file or a folder, if that is given. A pull that broke off
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
