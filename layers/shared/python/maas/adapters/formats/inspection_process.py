"""The program that opens an untrusted file. inspector.py starts it and reads its output.

Standard input is the file. The program writes a line break to standard output as soon as it has started. Any later
failure is caused by the file. The rest of the output is JSON: {"format": ..., "details": ..., "signature": ...,
"graph": ...} or {"reason": ...}. The reason is a sentence for the model's owner.

Of maas the program imports modules of this package, those of adapters/onnx if the file may be ONNX, model_memory.py
and tensor_rules.py. Nothing else of ours is loaded beside a hostile file.
See docs/decisions/0006-what-a-validator-trusts.md.
"""

import codecs
import json
import os
import resource
import sys
import traceback
from collections.abc import Mapping
from typing import Any

from maas.adapters.formats import findings
from maas.adapters.formats.refusals import OUT_OF_MEMORY, UNREADABLE, RefusedError
from maas.adapters.formats.sniffing import Reader, reader_of
from maas.adapters.formats.source import Source
from maas.adapters.onnx import locales
from maas.domain.model_memory import MIB

# The maximum output of this program: a signature and both lists of a graph fit.
OUTPUT_MAX = 4 * findings.BYTES_MAX
# Codecs of names in a zip archive and of texts in a pickle. Python imports each when it is first used, and later this
# process can open no module.
_CODECS = ("cp437", "raw-unicode-escape", "utf-8")


class PeakMemory:
    """The most bytes of memory that this process has had.

    `ru_maxrss` also has the peak of the process that started it, which Linux keeps over fork and exec (getrusage(2)).
    That file is opened early, because later the process can open none.
    """

    def __init__(self) -> None:
        self._status = os.open("/proc/self/status", os.O_RDONLY) if sys.platform == "linux" else -1

    def bytes(self) -> int:
        if self._status < 0:
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        fields = dict(line.split(b":", 1) for line in os.pread(self._status, 16384, 0).splitlines())
        return int(fields[b"VmHWM"].split()[0]) * 1024


def answer(file: Source, read: Reader, served: int, peak: PeakMemory) -> Mapping[str, Any]:
    """Inspects the file and returns the object to print.

    Inference loads an ONNX file from its path, so it takes the bytes that this process takes, less those of the file.
    """
    try:
        found = read(file).document()
    except RefusedError as error:
        return {"reason": _out_of_memory(served) if str(error) == OUT_OF_MEMORY else str(error)}
    except MemoryError:
        return {"reason": _out_of_memory(served)}
    except Exception:  # noqa: BLE001 (a reader's fault is no reason to keep a file; the parent logs what it was)
        traceback.print_exc()
        return {"reason": UNREADABLE}
    too_large = found["format"] == "onnx" and peak.bytes() - file.size > served
    return {"reason": _out_of_memory(served)} if too_large else found


def _out_of_memory(served: int) -> str:
    return f"{OUT_OF_MEMORY}: {served // MIB} MiB"


def _limit(kind: int, value: int, hard: int | None = None) -> None:
    resource.setrlimit(kind, (value, value if hard is None else hard))


def main(memory: int, served: int, seconds: int) -> None:
    """Runs with the limits of inspection_limits.py: two in bytes, and seconds of processor time."""
    file = Source.opened(sys.stdin.fileno())
    read = reader_of(file)
    peak = PeakMemory()
    locales.provide()
    for name in _CODECS:
        codecs.lookup(name)
    _limit(resource.RLIMIT_AS, memory)
    # At the soft limit Linux sends SIGXCPU, by which the parent recognises the cause; at the hard limit SIGKILL.
    _limit(resource.RLIMIT_CPU, seconds, seconds + 1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, OUTPUT_MAX)
    # From here on no file, socket or process can be opened, even if the file manages to run code.
    _limit(resource.RLIMIT_NOFILE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    print(flush=True)
    print(json.dumps(answer(file, read, served, peak)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
