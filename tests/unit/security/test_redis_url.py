"""The cache's URL, from a setting or a secret."""

import pytest

from maas.platform.environment import SettingsError, read
from maas.platform.settings.registry import CacheSettings
from maas.security.redis_url import checked, url_of

PASSWORD = "p4ssw0rd"


def no_secret(secret_id: str) -> str:
    raise AssertionError(f"{secret_id} must not be read")


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:6379/0", "redis://cache", f"rediss://:{PASSWORD}@cache.example:6379/0"]
)
def test_the_url_is_the_setting(url: str) -> None:
    source = url_of(read(CacheSettings, {"MAAS_REDIS_URL": url}), no_secret)
    assert source
    assert source() == url


def test_without_a_setting_there_is_no_cache() -> None:
    assert url_of(read(CacheSettings, {}), no_secret) is None
    assert url_of(read(CacheSettings, {"MAAS_REDIS_URL": "", "MAAS_REDIS_SECRET": ""}), no_secret) is None


def test_a_url_together_with_a_secret_is_rejected() -> None:
    with pytest.raises(SettingsError, match="MAAS_REDIS_URL and MAAS_REDIS_SECRET") as error:
        read(CacheSettings, {"MAAS_REDIS_URL": f"redis://:{PASSWORD}@cache", "MAAS_REDIS_SECRET": "arn"})
    assert PASSWORD not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        PASSWORD,
        f"http://:{PASSWORD}@cache",
        f"unix://:{PASSWORD}@/tmp/redis.sock",
        f"rediss://:{PASSWORD}@cache:6379/0?ssl_cert_reqs=none",
        f"rediss://:{PASSWORD}@cache:6379/0?ssl_check_hostname=false",
        f"redis://:{PASSWORD}@:6379",
        f"redis://cache:{PASSWORD}",
        f"redis://:{PASSWORD}/@cache:6379",
        f"redis://:{PASSWORD}@[cache",
        f'{{"url": "redis://:{PASSWORD}@cache"}}',
    ],
)
def test_an_invalid_url_is_rejected_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="must be redis://") as error:
        checked(url)
    assert PASSWORD not in f"{error.value!r} {error.value.__context__ and error.value.__cause__}"
