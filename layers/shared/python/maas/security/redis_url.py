"""Where the cache is: a setting, or a secret where a password is needed. The URL never shows in logs or errors."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from maas.platform.settings import CacheSettings
from maas.security.secret_values import secret_text

# Seconds until a URL that could not be had, or made no sense, is asked for again.
URL_PAUSE = 60.0

RedisUrl = Callable[[], str]


def url_of(settings: CacheSettings, endpoint: str) -> RedisUrl | None:
    """What to call for the URL, when it is needed; None: there is no cache. `endpoint` is that of AWS.

    The call raises Unavailable where the secret can't be read, ValueError where it holds no such URL.
    """
    if settings.redis_secret:
        return lambda: checked(secret_text(settings.redis_secret, endpoint))
    return partial(checked, settings.redis_url) if settings.redis_url else None


def checked(url: str) -> str:
    """Raises ValueError unless it is redis://... or rediss://... without options, one of which is to trust anybody."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("redis", "rediss") and parts.hostname and (parts.port or True)
    except ValueError:  # it quotes what it was given
        good = False
    if not good or parts.query:
        raise ValueError("the cache's URL must be redis://host:port/0 or rediss://..., without options")
    return url
