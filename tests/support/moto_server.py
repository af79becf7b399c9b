"""moto on a state folder: killed, stopped and started again on the same port."""

import subprocess
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.servers.launchers import moto
from local.servers.ports import free_port
from tests.support.server_processes import server


class MotoServer:
    """A server that keeps its contents in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._running: Any = None
        self._clients: dict[str, Any] = {}

    def start(self) -> None:
        """Starts it and waits until it listens."""
        self._running = server(moto(self.port, self.folder).argv, self.port)
        self.process = self._running.__enter__()

    def kill(self) -> None:
        """Kills it (SIGKILL)."""
        self._running.__exit__(None, None, None)

    def stop(self) -> int:
        """Stops it as the stack does. Returns its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(5)

    def restart(self) -> None:
        """Kills it and starts it again."""
        self.kill()
        self.start()

    def client(self, service: Any) -> Any:
        """A client that never retries, so that each call is made once."""
        if service not in self._clients:
            self._clients[service] = self._make_client(service)
        return self._clients[service]

    def _make_client(self, service: Any) -> Any:
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return boto3.client(service, endpoint_url=f"http://127.0.0.1:{self.port}", config=config)
