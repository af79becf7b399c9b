"""The asynchronous client. It runs on asyncio."""

import os
from contextlib import ExitStack
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, TypedDict

import httpx2
from anyio import to_thread
from typing_extensions import Self, Unpack

from maas_client.answers import Version
from maas_client.http.api import Api
from maas_client.http.credentials import ApiKeyCredential, Credential
from maas_client.http.exchange import ExchangedCredential
from maas_client.http.options import BadAddress, Options, checked_url
from maas_client.http.retries import Retries
from maas_client.http.sender import Sender
from maas_client.http.sessions import GrantStore, MemoryStore, SessionCredential
from maas_client.id_tokens import IdTokenSource, audience_of, from_text
from maas_client.profiles.kept import KeptLogin
from maas_client.profiles.settings import Settings
from maas_client.progress import ProgressCallback
from maas_client.pushing import PushOptions, planned
from maas_client.resources.account import Account
from maas_client.resources.aliases import Aliases
from maas_client.resources.api_keys import ApiKeys
from maas_client.resources.audit import Audit
from maas_client.resources.auth import Auth
from maas_client.resources.captures import Captures
from maas_client.resources.feedback import Feedback
from maas_client.resources.grants import Grants
from maas_client.resources.inference import Inference
from maas_client.resources.jobs import Jobs
from maas_client.resources.models import Models
from maas_client.resources.monitoring import MonitoringResource
from maas_client.resources.rollouts import Rollouts
from maas_client.resources.service_accounts import ServiceAccounts
from maas_client.resources.trusted_issuers import TrustedIssuers
from maas_client.resources.uploads import Uploads
from maas_client.resources.usage import Usage
from maas_client.resources.users import Users
from maas_client.resources.versions import Versions
from maas_client.resources.webhooks import Webhooks
from maas_client.transfer.cache import Cache
from maas_client.transfer.pull import Pull, Pulled, PullPlan
from maas_client.transfer.push import Push
from maas_client.transfer.push_folder import FolderPush

_OF_CREDENTIALS = frozenset({"api_key", "store", "token_provider", "organization"})
_NO_ADDRESS = "no address: pass the API's URL, set MAAS_API_URL, or run: maas config set api-url URL"


class ClientOptions(TypedDict, total=False):
    """The options of a client.

    `api_key`, `store` (where the tokens of a login are kept) and `token_provider` exclude each other. The last one is a
    function that returns an ID token of a trusted issuer (`maas_client.id_tokens` has some), and `organization` the id
    of the organization that trusts it. `timeout` is in seconds and bounds each call with all its retries.
    `concurrency` bounds the requests and connections at once. `transport` is for tests.
    """

    api_key: str | None
    store: GrantStore | None
    token_provider: IdTokenSource | None
    organization: str | None
    timeout: float
    concurrency: int
    connect_timeout: float
    retries: Retries
    http2: bool
    transport: httpx2.AsyncBaseTransport | None


class AsyncClient:
    """The API at `url`, or at the one of the variable MAAS_API_URL, or of the profile in use.

    Without a credential it takes that of MAAS_API_KEY or MAAS_ID_TOKEN_SOURCE, and then the login that
    `maas auth login` keeps for this address.
    Use it as an async context manager, or call `aclose()`. One client is for any number of concurrent calls.
    """

    def __init__(self, url: str | None = None, **options: Unpack[ClientOptions]) -> None:
        address = url or Settings.read(None, None).api_url
        if not address:
            raise BadAddress(_NO_ADDRESS)
        self._settings = settings = _settings(checked_url(address), options)
        self._store = options.get("store") or MemoryStore()
        credential = _credential(options, settings.url)
        self._http = settings.client()
        self._api = Api(Sender(settings, self._http, credential))
        self.url = settings.url
        self._make_resources()

    def _make_resources(self) -> None:
        self.auth = Auth(self._api, self._store)
        self.account = Account(self._api)
        self.models = Models(self._api)
        self.versions = Versions(self._api)
        self.aliases = Aliases(self._api)
        self.rollouts = Rollouts(self._api)
        self.monitoring = MonitoringResource(self._api)
        self.captures = Captures(self._api, self._settings.store_client)
        self.uploads = Uploads(self._api)
        self.inference = Inference(self._api)
        self.feedback = Feedback(self._api)
        self.jobs = Jobs(self._api, self._settings.store_client)
        self.api_keys = ApiKeys(self._api)
        self.users = Users(self._api)
        self.service_accounts = ServiceAccounts(self._api)
        self.trusted_issuers = TrustedIssuers(self._api)
        self.grants = Grants(self._api)
        self.webhooks = Webhooks(self._api)
        self.audit = Audit(self._api, self._settings.store_client)
        self.usage = Usage(self._api)

    async def push(self, source: Any, *, model: str, **options: Unpack[PushOptions]) -> Version:
        """Makes a file, a folder or a trained object a version of a model, and waits for the server's check of it.

        `source` is a path, an estimator of scikit-learn, XGBoost or LightGBM, or a module of PyTorch. A folder has 1
        to 1,000 files, of which one is served. PushOptions tells the options. A model that is missing is
        created. A push that broke off goes on where it stopped, also in another process or on another
        machine. Raises FileError, ConversionError, TransferError, ValidationFailed, ApiError.
        """
        with ExitStack() as stack:
            enter = partial(stack.enter_context, planned(source, model, **options))
            plan = await to_thread.run_sync(enter)
            kind = FolderPush if plan.files else Push
            return await kind(
                self.models, self.versions, self.uploads, self.monitoring, self._settings.store_client, plan
            ).run()

    async def pull(
        self,
        model: str,
        ref: str | None = None,
        *,
        to: str | PathLike[str] | None = None,
        cache_dir: str | PathLike[str] | None = None,
        dry_run: bool = False,
        parallel: int = 4,
        timeout: float | None = None,  # noqa: ASYNC109 - as every other call has it
        progress: ProgressCallback | None = None,
    ) -> Pulled:
        """Fetches the files of a version, by default the model's default one, and checks their SHA-256.

        They are kept in the cache, and copied to `to`, a file or a folder, if that is given. A pull that broke off
        goes on where it stopped. Raises CorruptDownload, CorruptStore, CorruptCache, NoSpace, ApiError.
        """
        plan = PullPlan(
            model=model,
            ref=ref,
            to=None if to is None else Path(to),
            dry_run=dry_run,
            parallel=parallel,
            timeout=timeout,
            progress=progress,
        )
        cache = Cache(None if cache_dir is None else Path(cache_dir))
        return await Pull(self.models, self.versions, self._settings.store_client, cache, plan).run()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._http.aclose()


def _settings(url: str, options: ClientOptions) -> Options:
    given: dict[str, Any] = {name: value for name, value in options.items() if name not in _OF_CREDENTIALS}
    return Options(url=url, **given)


def _credential(options: ClientOptions, url: str) -> Credential | None:
    """Returns what the options name or, if they name none, that of the environment, or the kept login."""
    named = [name for name in ("api_key", "store", "token_provider") if options.get(name) is not None]
    if len(named) > 1:
        raise ValueError(f"give only one of {' and '.join(named)}")
    if store := options.get("store"):
        return SessionCredential(store) if store.load() is not None else None
    key, source = options.get("api_key"), options.get("token_provider")
    organization = options.get("organization") or os.environ.get("MAAS_ORGANIZATION") or None
    if not named:
        key = os.environ.get("MAAS_API_KEY") or None
        text = os.environ.get("MAAS_ID_TOKEN_SOURCE")
        if key is None and text:
            source = from_text(text, audience_of(organization) if organization else None)
    if key is not None:
        return ApiKeyCredential(key)
    return ExchangedCredential(source, organization) if source is not None else KeptLogin(url)
