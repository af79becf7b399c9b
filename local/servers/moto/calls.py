"""A call of one of AWS's APIs, as far as saving needs to understand it."""

import io
import json
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

Environ = MutableMapping[str, Any]

_READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "TransactGet")
_WAITS_FOR_ROOM = ("PUT", "POST")  # of S3: deleting is what makes room


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `action` is empty for S3, whose `method` tells whether it changes something."""

    service: str
    action: str
    method: str
    size: int
    body: bytes

    @classmethod
    def of(cls, service: str, environ: Environ) -> "Call":
        """Reads the request, with its body unless it is S3's, which may be a large file."""
        size, body = int(environ.get("CONTENT_LENGTH") or 0), b""
        if service != "s3":
            body = environ["wsgi.input"].read(size)
            environ["wsgi.input"] = io.BytesIO(body)
        action = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        return cls(service, action, environ["REQUEST_METHOD"], size, body)

    @property
    def changes(self) -> bool:
        """Returns whether the call may change something."""
        if self.service == "s3":
            return self.method not in ("GET", "HEAD", "OPTIONS")
        return not self.action.startswith(_READS)

    @property
    def needs_room(self) -> bool:
        """Returns whether the call may add something."""
        if self.service == "s3":
            return self.method in _WAITS_FOR_ROOM
        return self.changes and not self.action.startswith("Delete")

    def arguments(self) -> dict[str, Any]:
        """The body of a call with JSON. Empty if it is not an object."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
