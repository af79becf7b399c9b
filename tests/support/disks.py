"""A small disk of its own, so that a test can fill it."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

SIZE = 400 * 1024 * 1024  # bytes
_PIECE = bytes(1024 * 1024)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Yields an empty folder on a disk in a file; None where this user may not mount one."""
    image, disk = folder / "disk.img", folder / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(SIZE)
    made = [["mkfs.ext4", "-q", "-m", "0", str(image)], ["mount", "-o", "loop", str(image), str(disk)]]
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None or not all(map(_succeeds, made)):
        yield None
        return
    try:
        (disk / "lost+found").rmdir()
        yield disk
    finally:
        # Lazy: a process that still has a file open must not keep the disk mounted.
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def fill(file: Path) -> None:
    """Appends to the file until its disk has no byte left."""
    with file.open("ab", buffering=0) as output, contextlib.suppress(OSError):
        while output.write(_PIECE):
            pass
