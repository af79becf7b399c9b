"""The cache's URL: a setting, or a secret if it has a password. Logs and errors never show it."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from maas.platform.settings.registry import CacheSettings

# Seconds until an unreadable or malformed URL is read again.
URL_PAUSE = 60.0

RedisUrl = Callable[[], str]


def url_of(settings: CacheSettings, read_secret: Callable[[str], str]) -> RedisUrl | None:
    """A function that returns the URL, to be called when it is needed; None if there is no cache.

    `read_secret` returns the text of a secret, like SecretReader.text.

    The function raises Unavailable if the secret can't be read, ValueError if its text is not a valid URL.
    """
    if settings.redis_secret:
        return lambda: checked(read_secret(settings.redis_secret))
    return partial(checked, settings.redis_url) if settings.redis_url else None


def checked(url: str) -> str:
    """Returns `url` if it is redis://... or rediss://... without a query; an option could turn off verification.

    Raises ValueError, whose message does not quote the URL.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("redis", "rediss") and parts.hostname and (parts.port or True)
    except ValueError:  # its message quotes the URL
        good = False
    if not good or parts.query:
        raise ValueError("the cache's URL must be redis://host:port/0 or rediss://..., without options")
    return url
