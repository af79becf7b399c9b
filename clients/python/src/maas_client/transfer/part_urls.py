"""Signed URLs of an upload's parts, which are asked for in groups shortly before they are needed."""

import time
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

import anyio

from maas_client.answers import PartUrl
from maas_client.resources.uploads import Uploads

_GROUP = 1000  # what one request signs at most
_SHARE = 0.75  # of the time for which a URL works


class SignedParts:
    """URLs by part numbers. `wanted` are the numbers that are sent if nothing goes wrong, in order."""

    def __init__(self, uploads: Uploads, upload_id: str, wanted: Iterable[int]) -> None:
        self._uploads, self._upload_id, self._wanted = uploads, upload_id, dict.fromkeys(wanted)
        self._lock = anyio.Lock()
        self._kept: dict[int, tuple[PartUrl, float]] = {}

    async def get(self, number: int) -> PartUrl:
        """Returns the URL of a part. One request signs it and those that follow, for all who wait."""
        async with self._lock:
            url, until = self._kept.get(number, (None, 0.0))
            if url is None or time.monotonic() > until:
                signed = await self._uploads.sign(self._upload_id, self._group(number))
                self.keep(signed.urls, signed.server_time)
                url = self._kept[number][0]
            return url

    def keep(self, urls: Iterable[PartUrl], server_time: datetime) -> None:
        """Keeps URLs for some of the time that is left to them by the server's clock, whatever this one says."""
        now = time.monotonic()
        for url in urls:
            left = (url.expires_at - server_time).total_seconds()
            self._kept[url.part_number] = url, now + _SHARE * left

    def done(self, number: int) -> None:
        """Forgets a URL: the part was sent, or the store refuses the URL."""
        self._kept.pop(number, None)
        self._wanted.pop(number, None)

    def _group(self, number: int) -> list[int]:
        """Returns the numbers to sign with one that is needed: the first of those that have no good URL."""
        now = time.monotonic()
        others = (n for n in self._wanted if n != number and self._kept.get(n, (None, 0.0))[1] <= now)
        return [number, *islice(others, _GROUP - 1)]
