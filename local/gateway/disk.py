"""Refuses requests that store something before the stores run out of disk; reading and deleting go on."""

import asyncio
import contextlib
import os
import shutil
import sys
from pathlib import Path

from local.console import say
from local.gateway.refusals import Refusal
from local.template.specs import RouteSpec

# Space that the stores keep for what they have begun, for log-ins, and for deletions. MinIO takes no file on a disk of
# which less than a hundredth is free.
FREE_MIN = 128 * 1024 * 1024  # bytes
FREE_PART = 100
# Given back to the stores when another program has taken even the last byte, so that deletions go on.
RESERVE = 32 * 1024 * 1024  # bytes
_INTERVAL = 1.0  # seconds
_READING_METHODS = ("GET", "HEAD", "OPTIONS", "DELETE", "ANY")
# Predictions store nothing. Mail is small. So are sessions, and without one nobody can delete (docs/decisions/0045).
_SMALL = frozenset(
    {
        "POST /api/v1/auth/email/verification",
        "POST /api/v1/auth/email/verify",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/logout",
        "POST /api/v1/auth/password/forgot",
        "POST /api/v1/auth/password/reset",
        "POST /api/v1/auth/refresh",
        "POST /api/v1/auth/token",
        "POST /api/v1/inference",
        "POST /api/v1/models/{model_id}/predict",
        "POST /predict",
        "POST /v2/models/{model_id}/infer",
        "POST /v2/models/{model_id}/versions/{ref}/infer",
    }
)


class Disk:
    """The disk of a folder. `full` is as of the last look. The file `reserve` takes space while there is enough."""

    def __init__(self, folder: Path, reserve: Path) -> None:
        self._folder = folder
        self._reserve = reserve
        self.full = False
        self.look()

    def look(self) -> bool:
        """Measures the free space. Returns whether the disk is full."""
        total, _, free = shutil.disk_usage(self._folder)
        least = FREE_MIN + total // FREE_PART
        if (free < least) != self.full:
            self.full = not self.full
            what = "requests that store something are refused" if self.full else "all requests are taken again"
            say(f"the disk of {self._folder} has {free // 1024**2} of {least // 1024**2} MiB free: {what}")
        self._keep_reserve(free)
        return self.full

    async def watch(self) -> None:
        """Looks every second."""
        while True:
            await asyncio.sleep(_INTERVAL)
            self.look()

    def _keep_reserve(self, free: int) -> None:
        if self.full and free < RESERVE:
            self._reserve.unlink(missing_ok=True)
        elif not self.full and not self._reserve.exists() and sys.platform == "linux":
            # Some file systems can't reserve space, and another program may have been faster.
            with contextlib.suppress(OSError), self._reserve.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE)

    def refuse_write(self, route: RouteSpec) -> None:
        """Raises Refusal if the route stores more than a little, and the disk is full."""
        if self.full and writes(route):
            raise _refusal()

    def explain(self, route: RouteSpec, status: int) -> None:
        """Raises Refusal if the full disk explains why a function could not store something."""
        if status >= 500 and route.method != "GET" and self.look():
            raise _refusal()


def writes(route: RouteSpec) -> bool:
    """Returns whether requests of the route store more than a little."""
    return route.method not in _READING_METHODS and route.path != "$default" and route.key not in _SMALL


def _refusal() -> Refusal:
    detail = "The disk of this server is full, so nothing can be stored: delete models, or tell its operator."
    return Refusal(507, "Insufficient Storage", detail)
