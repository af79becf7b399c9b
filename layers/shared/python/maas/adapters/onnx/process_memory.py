"""The memory of this process: how much is in use, a limit, and giving unused memory back to the system."""

import ctypes
import resource
import sys
from pathlib import Path

_STATM = Path("/proc/self/statm")
# glibc's mallopt(3). Blocks from this size on are mapped one by one, so that freeing them gives their memory back.
_M_MMAP_THRESHOLD, _MAPPED_FROM = -3, 1024 * 1024


class ProcessMemory:
    """At most `limit` bytes of memory for this process; 0 means any amount. Other systems than Linux know no limit.

    Past the limit the kernel gives no more memory (RLIMIT_DATA), and a load or a run of ONNX Runtime raises
    `std::bad_alloc`. Lambda, which has no swap, would kill the process instead.
    """

    def __init__(self, limit: int = 0) -> None:
        self._limit = limit if sys.platform == "linux" else 0
        if self._limit:
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _MAPPED_FROM)
            resident, data = _sizes()
            self._unused = data - resident
            self.guard()

    def fits(self, size: int) -> bool:
        """Returns whether `size` more bytes are within the limit."""
        return not self._limit or _sizes()[0] + size <= self._limit

    def guard(self, *, fragmented: bool = False) -> None:
        """Sets the limit.

        The kernel counts mapped bytes. Freed blocks stay mapped in a fragmented heap, without memory behind them.
        By default they count as used, which is safe; `fragmented` leaves them out.
        """
        if self._limit:
            resident, data = _sizes()
            unused = data - resident if fragmented else self._unused
            resource.setrlimit(
                resource.RLIMIT_DATA, (self._limit + unused, resource.getrlimit(resource.RLIMIT_DATA)[1])
            )

    def release(self) -> None:
        """Gives the memory of freed blocks back to the system; it takes a few milliseconds."""
        if self._limit:
            ctypes.CDLL(None).malloc_trim(0)


def _sizes() -> tuple[int, int]:
    """The bytes in memory, and the mapped bytes that can be written (proc_pid_statm(5))."""
    fields = _STATM.read_text().split()
    page = resource.getpagesize()
    return int(fields[1]) * page, int(fields[5]) * page
