"""Uploads a file to the store by presigned URLs; its bytes never pass through the API."""

import hashlib
import time
from typing import Any

from local.demo.client import Api

_VALIDATION_TIMEOUT = 120.0  # seconds; SAM local first builds the validator's image
_POLL_INTERVAL = 0.1  # seconds


def start(api: Api, model_id: str, version: str, filename: str, content: bytes) -> Any:
    """Starts an upload. Returns the session: its id, and URLs for the first 32 parts."""
    body = {"version": version, "filename": filename, "size": len(content)}
    return api.post(f"/api/v1/models/{model_id}/upload", body)


def put_parts(api: Api, session: Any, content: bytes) -> int:
    """Sends every part, and has those signed for which the session has no URL. Returns the number of parts."""
    signed = {part["part_number"]: part for part in session["urls"]}
    for number in range(1, session["part_count"] + 1):
        part = signed.get(number) or _sign(api, session, number)
        begin = (number - 1) * session["part_size"]
        api.put_part(part["url"], content[begin : begin + part["length"]], part["headers"])
    return int(session["part_count"])


def _sign(api: Api, session: Any, number: int) -> Any:
    [part] = api.post(f"/api/v1/uploads/{session['upload_id']}/parts", {"parts": [{"part_number": number}]})["urls"]
    return part


def complete(api: Api, session: Any, content: bytes) -> None:
    """Completes the upload with the file's SHA-256."""
    digest = hashlib.sha256(content).hexdigest()
    api.post(f"/api/v1/uploads/{session['upload_id']}/complete", {"sha256": digest})


def wait_until_checked(api: Api, model_id: str, version: str) -> Any:
    """Waits for the end of the validation, successful or not. Returns the version.

    Raises:
        TimeoutError: the validation did not end within two minutes.
    """
    end = time.monotonic() + _VALIDATION_TIMEOUT
    while time.monotonic() < end:
        found = api.get(f"/api/v1/models/{model_id}/versions/{version}")
        if found["state"] not in {"uploading", "validating"}:
            return found
        time.sleep(_POLL_INTERVAL)
    raise TimeoutError(f"version {version} was not checked within {_VALIDATION_TIMEOUT:g} s")


def upload(api: Api, model_id: str, version: str, filename: str, content: bytes) -> Any:
    """Uploads a file and waits for its validation. Returns the version."""
    session = start(api, model_id, version, filename, content)
    put_parts(api, session, content)
    complete(api, session, content)
    return wait_until_checked(api, model_id, version)
