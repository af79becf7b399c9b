"""Signed URLs of an upload's parts, which are asked for in groups shortly before they are needed."""

import time
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

import anyio

from maas_client.answers import PartUrl
from maas_client.errors import UnexpectedAnswer
from maas_client.resources.uploads import Uploads

# A part's number, with the path of its file in a set.
Part = int | tuple[str, int]
_GROUP = 1000  # what one request signs at most
_SHARE = 0.75  # of the time for which a URL works


class SignedParts:
    """URLs by parts. `wanted` are those that are sent if nothing goes wrong, in order."""

    def __init__(self, uploads: Uploads, upload_id: str, wanted: Iterable[Part]) -> None:
        self._uploads, self._upload_id, self._wanted = uploads, upload_id, dict.fromkeys(wanted)
        self._lock = anyio.Lock()
        self._kept: dict[Part, tuple[PartUrl, float]] = {}

    async def get(self, part: Part) -> PartUrl:
        """Returns the URL of a part. One request signs it and those that follow, for all who wait.

        Raises UnexpectedAnswer, ApiError.
        """
        async with self._lock:
            url, until = self._kept.get(part, (None, 0.0))
            if url is None or time.monotonic() > until:
                signed = await self._uploads.sign(self._upload_id, self._group(part))
                self.keep(signed.urls, signed.server_time)
                url = self._kept.get(part, (None, 0.0))[0]
            if url is None:
                raise UnexpectedAnswer("the server signed other parts than it was asked for")
            return url

    def keep(self, urls: Iterable[PartUrl], server_time: datetime) -> None:
        """Keeps URLs for some of the time that is left to them by the server's clock, whatever this one says."""
        now = time.monotonic()
        for url in urls:
            left = (url.expires_at - server_time).total_seconds()
            self._kept[part_of(url)] = url, now + _SHARE * left

    def done(self, part: Part) -> None:
        """Forgets a URL: the part was sent, or the store refuses the URL."""
        self._kept.pop(part, None)
        self._wanted.pop(part, None)

    def _group(self, part: Part) -> list[Part]:
        """Returns the parts to sign with one that is needed: the first of those that have no good URL."""
        now = time.monotonic()
        others = (p for p in self._wanted if p != part and self._kept.get(p, (None, 0.0))[1] <= now)
        return [part, *islice(others, _GROUP - 1)]


def part_of(url: PartUrl) -> Part:
    """Returns the part that a URL is for."""
    return url.part_number if url.path is None else (url.path, url.part_number)
