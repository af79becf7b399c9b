"""Connections of functions and the predictor, made from settings: the registry, and the cache's URL."""

from typing import TypeVar

from maas.adapters.registry.calls import RegistryCalls
from maas.platform.environment import read
from maas.platform.settings.registry import CacheSettings, RegistrySettings
from maas.security.keyring import TokenKeys
from maas.security.redis_url import RedisUrl, url_of
from maas.security.secret_values import SecretReader

C = TypeVar("C", bound=RegistryCalls)


def registry_client(kind: type[C], secrets: SecretReader) -> tuple[C, TokenKeys]:
    """A client of parts of the registry, and the keys that sign its calls. Nothing is sent or read before a call."""
    settings = read(RegistrySettings)
    keys = TokenKeys.of(settings.secret, secrets)
    return kind(settings.address, keys, settings.roots), keys


def cache_url(secrets: SecretReader) -> RedisUrl | None:
    """The URL of the cache, to be called when it is needed; None if there is no cache."""
    return url_of(read(CacheSettings), secrets.text)
