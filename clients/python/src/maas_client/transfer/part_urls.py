"""Signed URLs of an upload's parts, which are asked for in groups shortly before they are needed."""

import time
from collections.abc import Iterable, Sequence

import anyio

from maas_client.answers import PartUrl
from maas_client.resources.uploads import Uploads

_GROUP = 16  # what one request signs at most
_GOOD_FOR = 45 * 60.0  # seconds, of the hour for which a URL works


class SignedParts:
    """URLs by part numbers. `wanted` are the numbers that may still be sent."""

    def __init__(self, uploads: Uploads, upload_id: str, wanted: Sequence[int], urls: Iterable[PartUrl] = ()) -> None:
        self._uploads, self._upload_id, self._wanted = uploads, upload_id, wanted
        self._lock = anyio.Lock()
        self._kept: dict[int, tuple[PartUrl, float]] = {}
        self._keep(urls)

    async def get(self, number: int) -> PartUrl:
        """Returns the URL of a part. One request signs it and those that follow, for all who wait."""
        async with self._lock:
            url, until = self._kept.get(number, (None, 0.0))
            if url is None or time.monotonic() > until:
                following = [n for n in self._wanted if n >= number and n not in self._kept]
                numbers = [number, *(n for n in following if n != number)][:_GROUP]
                self._keep(await self._uploads.sign(self._upload_id, numbers))
                url = self._kept[number][0]
            return url

    def done(self, number: int) -> None:
        """Forgets a URL: the part was sent, or the store refuses the URL."""
        self._kept.pop(number, None)

    def _keep(self, urls: Iterable[PartUrl]) -> None:
        until = time.monotonic() + _GOOD_FOR
        self._kept |= {url.part_number: (url, until) for url in urls}
