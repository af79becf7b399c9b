"""The environment of child processes beside untrusted files, and the exit code by which they refuse one."""

import os
import sys
from collections.abc import Mapping

# Standard error has the reason then.
REFUSED = 3


def child_environment() -> Mapping[str, str]:
    """The whole environment of a child, without credentials. Lambda's own Python needs LD_LIBRARY_PATH to start."""
    return {
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "ORT_DISABLE_TELEMETRY": "1",
    }
