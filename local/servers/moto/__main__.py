"""Runs moto's server with fixes: `python -m local.servers.moto -H HOST -p PORT [--state FOLDER]`."""

import argparse
import contextlib
import os
import sys
from pathlib import Path

from local.servers.moto.store import StateError, Store


def main() -> None:
    """Loads the state folder, if one is given, and serves. Exits with status 1 if the folder can't be used."""
    parser = argparse.ArgumentParser(prog="local.servers.moto", description="moto's server with fixes")
    parser.add_argument("-H", "--host", default="127.0.0.1")
    parser.add_argument("-p", "--port", type=int, required=True)
    parser.add_argument("--state", type=Path, help="folder that keeps everything; without it, memory alone does")
    arguments = parser.parse_args()
    os.environ.setdefault("MOTO_PORT", str(arguments.port))
    os.umask(0o077)  # secrets are in the folder
    try:
        _run(arguments.host, arguments.port, Store(arguments.state) if arguments.state else None)
    except StateError as error:
        sys.exit(str(error))
    with contextlib.suppress(OSError):  # a full disk
        sys.stderr.flush()
    os._exit(0)  # Python would take seconds to tear moto's modules down, and the stack kills after 5


def _run(host: str, port: int, store: Store | None) -> None:
    # moto takes seconds to import; a folder that can't be used is refused before
    from local.servers.moto import fair_queues, fixes, locks, streams
    from local.servers.moto.server import serve
    from local.servers.moto.state import State

    for module in (fair_queues, fixes, locks, streams):
        module.apply()
    serve(host, port, State(store) if store else None)
    if store:
        store.close()


if __name__ == "__main__":
    main()
