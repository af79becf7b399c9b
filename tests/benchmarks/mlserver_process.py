"""MLServer as a process, in an environment of its own."""

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2

from local.servers.ports import free_port

START = 120.0


@contextmanager
def mlserver(python: str, folder: Path, models: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Starts a server with the models in the folder, and yields its ports for HTTP and gRPC."""
    port, grpc_port = free_port(), free_port()
    ports = {"http_port": port, "grpc_port": grpc_port, "metrics_port": free_port()}
    (folder / "settings.json").write_text(json.dumps({"host": "127.0.0.1", "parallel_workers": 0, **ports}))
    command = [str(Path(python).with_name("mlserver")), "start", str(folder)]
    log = (folder / "server.log").open("wb")
    with log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        for model in models:
            _wait(process, port, model, folder / "server.log")
        yield port, grpc_port
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", port: int, model: str, log: Path) -> None:
    end = time.monotonic() + START
    while True:
        assert process.poll() is None, f"MLServer has ended: {log.read_text()[-2000:]}"
        assert time.monotonic() < end, f"MLServer does not answer: {log.read_text()[-2000:]}"
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/v2/models/{model}/ready", trust_env=False).is_success:
                return
        except httpx2.HTTPError:
            time.sleep(0.2)
