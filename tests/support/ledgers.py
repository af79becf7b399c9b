"""Mixed writes to a stack, and a ledger of those that were acknowledged."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

from local.demo import upload
from local.demo.client import ProblemError
from tests.samples import onnx_files
from tests.support.stack_users import MODELS, User
from tests.support.waiting import until

_LANES = 4
CONTENT = onnx_files.largest_of_four()
_VALIDATED = 90.0  # seconds


@dataclass
class Ledger:
    """Writes that the API acknowledged, by the model's id. `attempts` counts acknowledged and failed operations.

    `unsure` are models whose deletion may have been committed although its answer was lost.
    """

    user: User
    created: dict[str, str] = field(default_factory=dict)
    described: dict[str, set[str]] = field(default_factory=dict)
    completed: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)
    aliased: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    attempts: int = 0
    refused: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fill(self, models: int, on_half: Callable[[], None]) -> None:
        """Makes models in several lanes, up to 13 operations each. Calls `on_half` in the middle."""
        half = threading.Event()
        with ThreadPoolExecutor(_LANES) as lanes:
            for number in range(models):
                lanes.submit(self._model, number, half if number >= models // 2 else None)
            half.wait(120)
            on_half()

    def check(self, user: User) -> None:
        """Asserts that each acknowledged write is there, and that no version waits for ever."""
        for model_id in self.deleted:
            assert user.api.request("GET", f"{MODELS}/{model_id}").status_code == 404
        gone = self.deleted | self.unsure
        for model_id, name in self.created.items():
            if model_id in gone:
                continue
            model = user.api.get(f"{MODELS}/{model_id}")
            assert model["name"] == name
            assert model["description"] in self.described[model_id]
        for model_id in self.completed - gone:
            version = until(lambda model_id=model_id: _settled(user, model_id), _VALIDATED)  # type: ignore[misc]
            assert version["state"] in ({"published"} if model_id in self.published else {"ready", "published"})
        for model_id in self.aliased - gone:
            assert user.api.get(f"{MODELS}/{model_id}/aliases/production")["version"] == "1.0.0"
        for model_id in list(self.published - gone)[:3]:
            predicted = user.api.post(f"{MODELS}/{model_id}/predict", {"features": [0, 0, 7, 0]})
            assert predicted["prediction"] == 2

    def _model(self, number: int, half: threading.Event | None) -> None:
        with suppress(ProblemError, httpx2.TransportError):
            model_id = self._steps(f"{self.user.email} {number}", half)
            if number % 3 == 0:
                self._delete(model_id)
            else:
                self._lose_uses(model_id)

    def _steps(self, name: str, half: threading.Event | None) -> str:
        api = self.user.api
        model_id = self._acknowledged(lambda: api.post(MODELS, {"name": name, "framework": "onnx"}))["id"]
        self.created[model_id], self.described[model_id] = name, {""}
        if half is not None:
            half.set()
        path = f"{MODELS}/{model_id}"
        self.described[model_id] |= {"new"}  # an answer that is lost leaves open which one it is
        self._acknowledged(lambda: api.success("PATCH", path, {"description": "new"}))
        self.described[model_id] -= {""}
        self._acknowledged(lambda: api.post(f"{path}/versions", {"version": "1.0.0"}))
        session = self._acknowledged(lambda: upload.start(api, model_id, "1.0.0", "model.onnx", CONTENT))
        self._acknowledged(lambda: upload.put_parts(api, session, CONTENT))
        self._acknowledged(lambda: upload.complete(api, session, CONTENT))
        self.completed.add(model_id)
        if upload.wait_until_checked(api, model_id, "1.0.0")["state"] == "ready":
            self._acknowledged(lambda: api.post(f"{path}/versions/1.0.0/publish"))
            self.published.add(model_id)
            self._acknowledged(lambda: api.success("PUT", f"{path}/aliases/production", {"version": "1.0.0"}))
            self.aliased.add(model_id)
        return str(model_id)

    def _lose_uses(self, model_id: str) -> None:
        """Aborts an upload, replaces a checked file and an upload under way, and deletes their version."""
        api, path = self.user.api, f"{MODELS}/{model_id}"
        self._acknowledged(lambda: api.post(f"{path}/versions", {"version": "2.0.0"}))
        session = self._acknowledged(lambda: upload.start(api, model_id, "2.0.0", "model.onnx", CONTENT))
        upload.put_parts(api, session, CONTENT)
        self._acknowledged(lambda: api.success("DELETE", f"/api/v1/uploads/{session['upload_id']}"))
        self._acknowledged(lambda: upload.upload(api, model_id, "2.0.0", "model.onnx", CONTENT))
        body = {"version": "2.0.0", "filename": "model.onnx", "size": len(CONTENT), "replace": True}
        for _ in range(2):
            session = self._acknowledged(lambda: api.post(f"{path}/upload", body))
            upload.put_parts(api, session, CONTENT)
        self._acknowledged(lambda: upload.complete(api, session, CONTENT))
        self._acknowledged(lambda: api.success("DELETE", f"{path}/versions/2.0.0"))

    def _delete(self, model_id: str) -> None:
        self.unsure.add(model_id)
        self._acknowledged(lambda: self.user.api.success("DELETE", f"{MODELS}/{model_id}"))
        self.deleted.add(model_id)

    def _acknowledged(self, call: Callable[[], Any]) -> Any:
        with self._lock:
            self.attempts += 1
        try:
            return call()
        except (ProblemError, httpx2.TransportError):
            with self._lock:
                self.refused += 1
            raise


def _settled(user: User, model_id: str) -> Any:
    version = user.api.get(f"{MODELS}/{model_id}/versions/1.0.0")
    return version if version["state"] != "validating" else None
