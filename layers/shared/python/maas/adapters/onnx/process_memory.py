"""The memory of a process: how much is in use, a limit, and giving unused memory back to the system."""

import ctypes
import os
import resource
import sys
import time

_LINUX = sys.platform == "linux"
# glibc's mallopt(3). Blocks from this size on are mapped one by one, so that freeing them gives their memory back.
_M_MMAP_THRESHOLD, _MAPPED_FROM = -3, 1024 * 1024
# Bytes. Giving memory back takes milliseconds, so it is done after growth by more than this.
_GROWTH = 16 * 1024 * 1024
# Seconds of work after which the memory is asked for.
_WORK = 0.001


class ProcessMemory:
    """The memory that this process takes from now on. Other systems than Linux know no limit.

    Past the limit the kernel gives no more memory (RLIMIT_DATA), and a load or a run of ONNX Runtime raises
    `std::bad_alloc`. Lambda, which has no swap, would kill all processes instead.
    """

    def __init__(self) -> None:
        self._limit = self._used = 0
        self._worked = 0.0
        if _LINUX:
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _MAPPED_FROM)
            # Kept open, because a worker can open no file later.
            self._statm = os.open("/proc/self/statm", os.O_RDONLY)
            self._own, self._data = _sizes(self._statm)

    def limit(self, size: int) -> None:
        """Lets the process take `size` bytes; 0 means any amount."""
        if _LINUX and size != self._limit:
            hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
            resource.setrlimit(resource.RLIMIT_DATA, (self._data + size if size else hard, hard))
            self._limit = size

    def settled(self, seconds: float) -> int:
        """Gives the memory of freed blocks back if there may be much, and returns the bytes in use; else 0.

        `seconds` is the time that the process has worked since the last call. The system counts the pages of each
        processor to tell the memory, which takes longer than a small model. So it is asked for after a millisecond of
        work: a process can't take more than some megabytes in that time.
        """
        if not _LINUX:
            return 0
        self._worked += seconds
        if self._worked < _WORK:
            return self._used
        self._worked, used = 0.0, self._in_use()
        if used > self._used + _GROWTH:
            ctypes.CDLL(None).malloc_trim(0)
            used = self._in_use()
        self._used = used
        return used

    def _in_use(self) -> int:
        return max(0, _sizes(self._statm)[0] - self._own)


class ResidentMemory:
    """The bytes of a process in memory, without those of files; 0 on other systems than Linux.

    The number is at most `age` seconds old: asking the system for it takes as long as running a small model.
    """

    def __init__(self, pid: int, age: float = 0.0) -> None:
        self._statm = os.open(f"/proc/{pid}/statm", os.O_RDONLY) if _LINUX else -1
        self._age, self._until, self._bytes = age, 0.0, 0

    def bytes(self) -> int:
        now = time.monotonic()
        if now >= self._until:
            self._until, self._bytes = now + self._age, _sizes(self._statm)[0] if _LINUX else 0
        return self._bytes

    def close(self) -> None:
        if _LINUX:
            os.close(self._statm)


def _sizes(statm: int) -> tuple[int, int]:
    """The bytes in memory without those of files, and the mapped bytes that can be written (proc_pid_statm(5))."""
    fields = os.pread(statm, 200, 0).split()
    page = resource.getpagesize()
    return (int(fields[1]) - int(fields[2])) * page, int(fields[5]) * page
