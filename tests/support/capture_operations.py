"""Operations of captures, for client_operations.py."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from maas.contracts import captures
from maas_client import AsyncClient
from tests.support.client_api import MODEL_ID as M

CAPTURES: dict[str, tuple[Callable[[AsyncClient], Any], str, type[BaseModel] | None]] = {
    "captures.get": (lambda c: c.captures.get(M), f"GET models/{M}/capture", None),
    "captures.set": (
        lambda c: c.captures.set(M, 5, redact=("age",), keep_days=30, outputs=True),
        f"PUT models/{M}/capture",
        captures.CaptureBody,
    ),
    "captures.end": (lambda c: c.captures.end(M), f"DELETE models/{M}/capture", None),
    "captures.files": (lambda c: c.captures.files(M, limit=5), f"GET models/{M}/capture/files", None),
    "captures.download": (lambda c: c.captures.download(M, "folder"), f"GET models/{M}/capture/files", None),
}
