"""A file's way into the store: its bytes go there by presigned URLs, never through the API."""

import hashlib
import time
from typing import Any

from local.demo.client import Api

_VALIDATION = 120.0  # the first one in SAM local: the validator's image is made
_POLL = 0.1


def start(api: Api, model_id: str, version: str, filename: str, content: bytes) -> Any:
    """The session: its id, and a URL for each of the first 16 parts."""
    body = {"version": version, "filename": filename, "size": len(content)}
    return api.post(f"/api/v1/models/{model_id}/upload", body)


def put_parts(api: Api, session: Any, content: bytes) -> int:
    """Sends every part that the session has a URL for; answers how many."""
    for part in session["urls"]:
        begin = (part["part_number"] - 1) * session["part_size"]
        api.put_part(part["url"], content[begin : begin + part["length"]], part["headers"])
    return len(session["urls"])


def complete(api: Api, session: Any, content: bytes) -> None:
    """Says that all is sent, and what its SHA-256 is."""
    digest = hashlib.sha256(content).hexdigest()
    api.post(f"/api/v1/uploads/{session['upload_id']}/complete", {"sha256": digest})


def wait_until_checked(api: Api, model_id: str, version: str) -> Any:
    """The version, once validation has ended one way or the other.

    Raises:
        TimeoutError: it has not within two minutes.
    """
    end = time.monotonic() + _VALIDATION
    while time.monotonic() < end:
        found = api.get(f"/api/v1/models/{model_id}/versions/{version}")
        if found["state"] not in {"uploading", "validating"}:
            return found
        time.sleep(_POLL)
    raise TimeoutError(f"version {version} was not checked within {_VALIDATION:g} s")


def upload(api: Api, model_id: str, version: str, filename: str, content: bytes) -> Any:
    """All of it; answers the checked version."""
    session = start(api, model_id, version, filename, content)
    put_parts(api, session, content)
    complete(api, session, content)
    return wait_until_checked(api, model_id, version)
