"""The caches of the inference function and the registry, whose Redis URL with its password is in a secret."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from functions.registry.cache.counters import Counters
from functions.registry.cache.redis_store import RedisStore
from functions.registry.cache.shared import SharedCache
from maas.adapters.redis_result_cache import RedisResultCache
from maas.domain.ids import new_id
from maas.platform.settings.registry import CacheSettings
from maas.security.redis_url import RedisUrl, url_of
from maas.security.secret_values import SecretReader
from tests.support.aws import Aws
from tests.support.caches import soon
from tests.support.captured_logs import logged
from tests.support.certificates import Authority
from tests.support.redis_server import RedisServer, redis_server
from tests.support.tls_front import tls_front

PASSWORD = "p4ssw0rd-of-the-cache"
NOWHERE = "http://127.0.0.1:9"


class Secret:
    """A secret with a Redis URL. `name` is the value of MAAS_REDIS_SECRET."""

    def __init__(self, aws: Aws) -> None:
        self._client, self._endpoint = aws.client("secretsmanager"), aws.endpoint
        self.name = new_id()

    def set(self, url: str) -> None:
        known = self._client.list_secrets(Filters=[{"Key": "name", "Values": [self.name]}])["SecretList"]
        if known:
            self._client.put_secret_value(SecretId=self.name, SecretString=url)
        else:
            self._client.create_secret(Name=self.name, SecretString=url)

    def url(self) -> RedisUrl:
        found = url_of(CacheSettings(redis_secret=self.name), SecretReader(self._endpoint).text)
        assert found
        return found


@pytest.fixture
def secret(aws: Aws) -> Secret:
    return Secret(aws)


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server(PASSWORD) as running:
        yield running


def url(port: int, password: str = PASSWORD, scheme: str = "redis") -> str:
    return f"{scheme}://:{password}@localhost:{port}/0"


def mac_key() -> bytes:
    return b"key"


def impatient(secret: Secret) -> RedisResultCache:
    """Returns a result cache that does not pause after failures."""
    return RedisResultCache(secret.url(), mac_key, pause=0.0, url_pause=0.0)


def test_results_are_cached_in_the_secrets_redis(secret: Secret, server: RedisServer) -> None:
    secret.set(url(server.port))
    RedisResultCache(secret.url(), mac_key).put("k", b"kept")
    assert RedisResultCache(secret.url(), mac_key).get("k") == b"kept"


def test_a_changed_password_is_read_from_the_secret(secret: Secret, server: RedisServer) -> None:
    secret.set(url(server.port, "wrong-password"))
    cache = impatient(secret)
    with logged() as log:
        cache.put("k", b"1")
        assert cache.get("k") is None
    assert "result cache does not answer" in log()
    secret.set(url(server.port))
    cache.put("k", b"2")
    assert cache.get("k") == b"2"
    assert "wrong-password" not in log()


@pytest.mark.parametrize(
    "text", ["", PASSWORD, f"redis://:{PASSWORD}@[", f"rediss://:{PASSWORD}@c/0?ssl_cert_reqs=none"]
)
def test_an_invalid_url_is_a_miss_and_not_logged(secret: Secret, text: str, capfd: pytest.CaptureFixture[str]) -> None:
    secret.set(text or "x")
    cache = RedisResultCache(secret.url(), mac_key)
    with logged() as log:
        assert cache.get("k") is None
    assert "result cache does not answer" in log()
    assert PASSWORD not in f"{log()} {capfd.readouterr()}"


def test_an_unreadable_secret_is_a_miss_and_read_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reads = 0
    found = url_of(CacheSettings(redis_secret="the-secret"), SecretReader(NOWHERE).text)
    assert found

    def counted() -> str:
        nonlocal reads
        reads += 1
        return found()

    cache = RedisResultCache(counted, mac_key)
    for _ in range(10):
        assert cache.get("k") is None
        cache.put("k", b"1")
    assert reads == 1
    assert '"ResultCacheErrors":[1.0]' in capsys.readouterr().out


def test_an_unreadable_secret_is_read_again_later(secret: Secret, server: RedisServer) -> None:
    cache = impatient(secret)
    assert cache.get("k") is None
    secret.set(url(server.port))
    cache.put("k", b"3")
    assert cache.get("k") == b"3"


@asynccontextmanager
async def records(url: RedisUrl) -> AsyncIterator[SharedCache]:
    """Yields the registry's shared cache and closes it at the end."""
    cache = SharedCache(RedisStore(url, "test", mac_key, url_pause=0.05), Counters(), budget=1.0, pause=0.05)
    cache.start(lambda _key, _revision: None)
    yield cache
    await cache.close()


async def test_records_are_shared_through_the_secrets_redis(secret: Secret, server: RedisServer) -> None:
    secret.set(url(server.port))
    async with records(secret.url()) as first, records(secret.url()) as second:
        await asyncio.wait_for(asyncio.gather(first.up(), second.up()), 10)
        await first.changed("model:1", 1, "one")
        assert await second.get("model:1") == "one"


async def test_changes_missed_without_the_secret_are_sent_later(secret: Secret, server: RedisServer) -> None:
    with logged() as log:
        async with records(secret.url()) as cache:
            await cache.changed("model:2", 1, "one")
            assert await cache.get("model:2") is None
            await soon(lambda: "a secret can't be read" in log())
            secret.set(url(server.port, "wrong-password"))
            await soon(lambda: "AuthenticationError" in log())
            secret.set(url(server.port))
            await asyncio.wait_for(cache.up(), 5)
            assert await _revision(server, "model:2") == "1"
    assert "wrong-password" not in log()
    assert PASSWORD not in log()


async def _revision(server: RedisServer, key: str) -> str:
    """Returns the revision in Redis, read by a separate client."""
    async with Redis.from_url(url(server.port), decode_responses=True) as redis:
        return str(await redis.get(f"test:{key}")).partition("\n")[0]


@pytest.mark.parametrize("trusted", [True, False])
async def test_tls_needs_a_certificate_of_a_trusted_authority(
    secret: Secret, server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.certificate))
    with tls_front(server.port, (ours if trusted else theirs).issue("localhost")) as port, logged() as log:
        secret.set(url(port, scheme="rediss"))
        results = RedisResultCache(secret.url(), mac_key)
        results.put("tls", b"kept")
        assert results.get("tls") == (b"kept" if trusted else None)
        async with records(secret.url()) as shared:
            if trusted:
                await asyncio.wait_for(shared.up(), 5)
            else:
                await soon(lambda: "Redis does not answer" in log())
            await shared.changed("model:3", 1, "one")
            assert await shared.get("model:3") == ("one" if trusted else None)
    assert PASSWORD not in log()
    assert ("does not answer" in log()) is not trusted
