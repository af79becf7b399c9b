"""Files of an audit log, fetched by their signed URLs, which no error shows."""

import hashlib
from pathlib import Path

import httpx2
from anyio import to_thread

from maas_client.bodies import answer_to
from maas_client.errors import ConnectionFailed, CorruptDownload
from maas_client.local_files import sha256_of, writable

_TIMEOUT = 60.0  # seconds for one file, which has 1 MiB at most


async def fetch(http: httpx2.AsyncClient, url: str, sha256: str, file: Path) -> None:
    """Fetches a file, unless it is there already. Raises CorruptDownload, ConnectionFailed, NoSpace, FileError."""
    if file.exists() and await to_thread.run_sync(sha256_of, file) == sha256:
        return
    try:
        answer = await answer_to(http, http.build_request("GET", url, timeout=_TIMEOUT))
    except (httpx2.TransportError, httpx2.DecodingError, httpx2.InvalidURL) as error:
        raise ConnectionFailed(f"{file.name} of the log can't be fetched: {type(error).__name__}") from None
    if not answer.is_success:
        raise ConnectionFailed(f"{file.name} of the log can't be fetched: {answer.status_code}")
    if hashlib.sha256(answer.content).hexdigest() != sha256:
        raise CorruptDownload(f"{file.name} of the log is not the file that the log names")
    await to_thread.run_sync(_write, file, answer.content)


def _write(file: Path, content: bytes) -> None:
    """Writes a file in one step, so that a run that is killed leaves no half of it."""
    with writable(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".part")
        partial.write_bytes(content)
        partial.replace(file)
