"""Made by tools/client_sync.py from maas_client/client.py: do not edit."""

from maas_client import client as asynchronous
from maas_client.portal import Portal


class ClientOptions:
    """What a client may be given.

    `api_key` and `store` (where the tokens of a login are kept) exclude each other. `timeout` is in seconds and bounds
    each call with all its retries. `concurrency` bounds the requests under way at once. `transport` is for tests.
    """

    def __init__(self, portal: Portal, inner: asynchronous.ClientOptions) -> None:
        self._portal, self._inner = portal, inner


class ClientMethods:
    """The API at `url`, or at the one of the variable MAAS_API_URL.

    Use it as an async context manager, or call `aclose()`. One client is for any number of concurrent calls.
    """

    def __init__(self, portal: Portal, inner: asynchronous.AsyncClient) -> None:
        self._portal, self._inner = portal, inner
