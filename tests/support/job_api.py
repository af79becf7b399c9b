"""The routes of jobs, and a store, that a server answers for tests of the client."""

import hashlib
import json
from typing import Any

AT = "2026-11-29T12:00:00Z"
ROWS = b"a,b\n1,2\n"
PARTS = [b'{"line":2}\n', b'{"line":3}\n' * 3]


def job_answer(state: str, **more: Any) -> dict[str, Any]:
    progress = {"done": 1, "total": 4, "rows": more.pop("rows", 4), "failed_rows": more.pop("failed_rows", 0)}
    times = dict.fromkeys(("created_at", "expires_at", "kept_until"), AT)
    ended = AT if state not in ("queued", "running") else None
    found: dict[str, Any] = {"id": "j1", "state": state, "model_id": "m", "model_name": "iris", "version": "1.0.0"}
    found["priority"] = "normal"
    found |= {"started_at": None, "ended_at": ended, "result": None, **more}
    return {"failure": None, "file": None, **times, "progress": progress, **found}


class FakeJobApi:
    """An API and a store in one server. `states` are those of the job in turn; `broken` PUTs and GETs fail first."""

    def __init__(self) -> None:
        self.url = ""
        self.states = ["queued", "running", "succeeded"]
        self.failure: dict[str, str] | None = None
        self.broken = 0
        self.lie = 0
        self.stored: list[bytes] = []
        self.submitted: list[Any] = []
        self.rows = ROWS
        self.file: dict[str, Any] | None = None
        self.done_rows = 4
        self.failed_rows = 0

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if path.startswith("/store"):
            if self.broken:
                self.broken -= 1
                return 503, b"<Code>SlowDown</Code>"
            if method == "PUT":
                self.stored.append(body)
                return 200, b""
            return 200, PARTS[int(path[-1])]
        match method, path.partition("?")[0].removeprefix("/api/v1/inference/"):
            case "POST", "files":
                assert json.loads(body) == {"size": len(self.rows), "sha256": hashlib.sha256(self.rows).hexdigest()}
                headers = {"content-length": str(len(self.rows)), "x-amz-checksum-sha256": "abc="}
                return 201, {"id": "f1", "url": f"{self.url}/store/f1", "headers": headers, "expires_at": AT}
            case "POST", "jobs":
                self.submitted.append(json.loads(body))
                return 202, job_answer("queued")
            case "GET", "jobs/j1/results":
                items = [
                    {"url": f"{self.url}/store/{n}", "bytes": len(part) + self.lie, "rows": 1, "failed_rows": 0}
                    for n, part in enumerate(PARTS)
                ]
                return 200, {"items": items, "next_cursor": None}
            case "GET", "jobs":
                return 200, {"items": [job_answer("running")], "next_cursor": None}
            case "GET", "jobs/j1":
                state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
                result = {"predictions": [1]} if state == "succeeded" else None
                return 200, job_answer(
                    state,
                    failure=self.failure,
                    result=result,
                    rows=self.done_rows,
                    failed_rows=self.failed_rows,
                    file=self.file,
                )
            case "DELETE", "jobs/j1":
                return 200, job_answer("cancelled")
        raise AssertionError(path)
