"""Made by tools/client_sync.py from maas_client/resources/usage.py: do not edit."""

from maas_client.answers import Statistics
from maas_client.answers import Usage as UsageAnswer
from maas_client.portal import Portal
from maas_client.resources import usage as asynchronous


class Usage:
    """The organization's use of its quotas, and the caller's requests that are left."""

    def __init__(self, portal: Portal, inner: asynchronous.Usage) -> None:
        self._portal, self._inner = portal, inner

    def get(self, *, timeout: float | None = None) -> UsageAnswer:
        """Returns quotas by name, and what is left of the caller's requests."""
        return self._portal.run(self._inner.get, timeout=timeout)

    def stats(self, *, minutes: int | None = None, timeout: float | None = None) -> Statistics:
        """Returns what all predictions of the organization came to in the last minutes (60)."""
        return self._portal.run(self._inner.stats, minutes=minutes, timeout=timeout)
