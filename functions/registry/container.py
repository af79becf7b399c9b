"""Builds the registry: every object of the process, and how they are connected, in one place."""

import asyncio
from dataclasses import dataclass
from functools import partial

from functions.registry.cache.counters import Counters
from functions.registry.cache.listed import ListedModels
from functions.registry.cache.maintenance import maintain
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.redis_store import RedisStore
from functions.registry.cache.repository import CachedRepository
from functions.registry.cache.shared import SharedCache
from functions.registry.catalog.access import Access
from functions.registry.catalog.aliases import AliasService
from functions.registry.catalog.captures import CaptureSettingService
from functions.registry.catalog.contents import ContentService
from functions.registry.catalog.files import FileService
from functions.registry.catalog.grants import GrantService
from functions.registry.catalog.held_grants import HeldGrantService
from functions.registry.catalog.leftovers import LeftoverService
from functions.registry.catalog.model_lists import ModelListService
from functions.registry.catalog.models import ModelService
from functions.registry.catalog.overdue import OverdueService, Sweeper, sweep_regularly
from functions.registry.catalog.repairs import RepairService
from functions.registry.catalog.rollouts import RolloutService
from functions.registry.catalog.uploads import UploadService
from functions.registry.catalog.usage import UsageService
from functions.registry.catalog.version_reading import VersionReadingService
from functions.registry.catalog.versions import VersionService
from functions.registry.contention import Contention
from functions.registry.ports import People, Repository
from functions.registry.server.call_rates import CallRates
from functions.registry.server.credentials import Credentials
from functions.registry.server.field_names import FIELD_NAMES
from functions.registry.server.interceptors import OURS, Identity
from functions.registry.server.metrics import Metrics
from functions.registry.server.model_servicer import ModelServicer
from functions.registry.server.refusals import Refusals
from functions.registry.server.registry_servicer import RegistryServicer
from functions.registry.server.server import CallHandling, RegistryServer
from functions.registry.server.service_keys import keep_fresh
from functions.registry.server.standings import Current, Standings
from functions.registry.settings import CALLS_MAX, Settings
from functions.registry.store.client import Table, connect
from functions.registry.store.identity_reader import IdentityReader
from functions.registry.store.key_records import KeyRecords
from functions.registry.store.observation_log import Observations
from functions.registry.store.repository import DynamoRepository
from maas.domain.ids import new_id
from maas.grpc_server.chain import AccessLog, Chain
from maas.grpc_server.errors import Errors
from maas.grpc_server.load_shedding import LoadShedder
from maas.grpc_server.readiness import CacheUp, Probe
from maas.grpc_server.tls import Certificates
from maas.platform.settings.registry import CacheSettings
from maas.security.cursors import Cursors
from maas.security.keyring import TokenKeys
from maas.security.redis_url import url_of
from maas.security.secret_values import SecretReader
from maas.wire.transport import REQUEST_MAX


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases of the registry."""

    models: ModelService
    lists: ModelListService
    reading: VersionReadingService
    versions: VersionService
    aliases: AliasService
    rollouts: RolloutService
    captures: CaptureSettingService
    uploads: UploadService
    contents: ContentService
    repairs: RepairService
    files: FileService
    grants: GrantService
    held: HeldGrantService
    usage: UsageService


def build_services(
    repository: Repository, keys: TokenKeys, people: People, counters: Counters | None = None
) -> Services:
    access, contention, cursors = Access(repository), Contention(), Cursors(keys)
    uploads = UploadService(repository, access, contention)
    reading = VersionReadingService(repository, access, cursors)
    return Services(
        ModelService(repository, access, contention),
        ModelListService(repository, cursors),
        reading,
        VersionService(repository, access, contention),
        AliasService(repository, access, contention, cursors),
        RolloutService(repository, access, contention),
        CaptureSettingService(repository, access, contention),
        uploads,
        ContentService(repository, access, uploads),
        RepairService(repository, contention),
        FileService(repository, reading),
        GrantService(repository, access, contention, cursors, people),
        HeldGrantService(repository, contention, cursors),
        UsageService(repository, people, (counters or Counters()).snapshot),
    )


def build_call_handling(
    credentials: Credentials,
    current: Current,
    *,
    auth: bool,
    calls_max: int = CALLS_MAX,
    counters: Counters | None = None,
) -> CallHandling:
    """Everything that happens around a call: log, metrics, errors, load shedding and identity, in this order."""
    shedder = LoadShedder(calls_max)
    metrics = Metrics(shedder, (counters or Counters()).snapshot)
    identity = Identity(credentials, current, required=auth)
    steps = (AccessLog(metrics.count), Errors(FIELD_NAMES), shedder, identity)
    return CallHandling(Chain(steps, OURS, identity.identify, REQUEST_MAX), shedder, metrics)


def build_server(
    repository: Repository,
    keys: TokenKeys,
    current: Current,
    people: People,
    *,
    listen: str,
    auth: bool,
    certificates: Certificates | None = None,
    calls_max: int = CALLS_MAX,
    counters: Counters | None = None,
    probe: Probe | None = None,
    cache_up: CacheUp | None = None,
    credentials: Credentials | None = None,
) -> RegistryServer:
    """The server over `repository`; `current` looks up callers, and `people` members of organizations.

    `counters` are those of its cache. `credentials` are by default service tokens of `keys` alone. See RegistryServer
    for the others.
    """
    services = build_services(repository, keys, people, counters)
    return RegistryServer(
        ModelServicer(services.models, services.lists),
        _registry_servicer(services),
        build_call_handling(
            credentials or Credentials(keys), current, auth=auth, calls_max=calls_max, counters=counters
        ),
        listen=listen,
        certificates=certificates,
        probe=probe,
        cache_up=cache_up,
    )


def _registry_servicer(services: Services) -> RegistryServicer:
    return RegistryServicer(
        services.models,
        services.lists,
        services.reading,
        services.versions,
        services.aliases,
        services.rollouts,
        services.captures,
        services.uploads,
        services.contents,
        services.repairs,
        services.files,
        services.grants,
        services.held,
        services.usage,
    )


class Registry:
    """One registry process: the server over DynamoDB behind the cache, and the tasks beside it.

    Raises:
        SettingsError: a certificate can't be read, or is not what its variable says.
    """

    def __init__(self, settings: Settings, cache_settings: CacheSettings) -> None:
        self._metrics_listen = settings.metrics
        secrets = SecretReader(settings.endpoint)
        self._keys = TokenKeys.of(settings.secret, secrets)
        self._counters = Counters()
        client = connect(settings.tables_endpoint)
        local, table = LocalCache(), Table(settings.table, client)
        store = DynamoRepository(table, ListedModels(local), settings.quotas)
        identity_table = Table(settings.identity_table, client)
        identities = IdentityReader(identity_table, table)
        access_keys = TokenKeys.of(settings.token_secret, secrets) if settings.token_secret else None
        standings, refusals = Standings(identities), Refusals(Observations(identity_table))
        redis_url = url_of(cache_settings, secrets.text)
        redis = RedisStore(redis_url, f"maas:3:{settings.table}", self._mac_key) if redis_url else None
        self._shared = SharedCache(redis, self._counters) if redis else None
        repository = CachedRepository(store, local, self._shared, self._counters)
        self._cache = repository.cache
        self._sweepers: list[Sweeper] = [OverdueService(repository, Contention()), LeftoverService(repository)]
        self._tasks: list[asyncio.Task[None]] = []
        self.server = build_server(
            repository,
            self._keys,
            standings.current,
            identities,
            listen=settings.listen,
            auth=settings.auth == "on",
            certificates=Certificates(settings) if settings.tls_cert else None,
            calls_max=settings.calls_max,
            counters=self._counters,
            probe=partial(store.model, new_id()),  # a read past the cache, which finds nothing
            cache_up=self._shared.answers if self._shared else None,
            credentials=Credentials(
                self._keys,
                access_keys,
                KeyRecords(identity_table),
                refusals=refusals,
                rates=CallRates(settings.calls),
            ),
        )

    def _mac_key(self) -> bytes:
        return self._keys.cached_signing_key().derived(b"maas registry cache")

    async def start(self) -> None:
        """Reads the keys and serves.

        Raises:
            Unavailable: the keys can't be read, so every call would be rejected.
            SettingsError: it can't listen there.
        """
        await asyncio.to_thread(self._keys.renew)
        if self._metrics_listen:
            self.server.metrics.serve(self._metrics_listen)
        await self.server.start()
        if self._shared:
            self._shared.start(self._cache.invalidate)
        sweeps = [sweep_regularly(sweeper) for sweeper in self._sweepers]
        work = (keep_fresh(self._keys), maintain(self._cache, self._counters), *sweeps)
        self._tasks = [asyncio.create_task(each) for each in work]

    async def stop(self) -> None:
        """Stops the server gracefully, then the tasks and the cache."""
        await self.server.stop()
        for task in self._tasks:
            task.cancel()
        await self._cache.close()
