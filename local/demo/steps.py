"""The steps from registration to prediction, as a client does them."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.demo import registration, upload
from local.demo.client import Api
from local.demo.log import Log
from local.demo.train import Trained

VERSION = "1.0.0"


@dataclass(slots=True)
class Demo:
    """One run against `api`. `trained` waits for the training in the background; `redis` is whether Redis runs."""

    api: Api
    trained: Callable[[], Trained]
    redis: bool
    log: Log = field(default_factory=Log)
    email: str = field(default_factory=lambda: f"iris-{secrets.token_hex(4)}@example.com")
    mailbox: Path = Path()
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    model_id: str = ""
    predictions: list[Any] = field(default_factory=list)
    differences: int = 0
    cache: str = ""

    def run(self) -> bool:
        """Runs all steps. Returns whether all predictions equal scikit-learn's and the cache, if any, works."""
        self._register()
        model = self._train()
        self._create(model)
        self._upload(model)
        self._publish()
        self._predict(model)
        self._repeat(model)
        return self.differences == 0 and (self.cache == "hit" or not self.redis)

    def _register(self) -> None:
        credentials = {"email": self.email, "password": self.password}
        with self.log.step("register") as step:
            user = registration.register(self.api, credentials, self.mailbox)
            step.what = f"{user['email']}, {', '.join(user['roles'])} of a new tenant"
        with self.log.step("log in") as step:
            answer = self.api.post("/api/v1/auth/login", credentials)
            self.api.token = answer["access_token"]
            step.what = f"token for {answer['expires_in']} s"

    def _train(self) -> Trained:
        with self.log.step("train") as step:
            model = self.trained()
            step.what = f"random forest on 120 irises, {len(model.onnx):,} bytes of ONNX"
        return model

    def _create(self, model: Trained) -> None:
        with self.log.step("create") as step:
            body = {"name": f"iris {self.email.partition('@')[0]}", "framework": "sklearn", "tags": ["demo"]}
            self.model_id = self.api.post("/api/v1/models", body)["id"]
            draft = {"version": VERSION, "metadata": {"class_names": model.class_names}}
            state = self.api.post(f"/api/v1/models/{self.model_id}/versions", draft)["state"]
            step.what = f"model {self.model_id}, version {VERSION}: {state}"

    def _upload(self, model: Trained) -> None:
        with self.log.step("upload") as step:
            session = upload.start(self.api, self.model_id, VERSION, "iris.onnx", model.onnx)
            parts = upload.put_parts(self.api, session, model.onnx)
            upload.complete(self.api, session, model.onnx)
            step.what = f"{parts} part sent directly to the store by presigned URL"
        with self.log.step("validate") as step:
            checked = upload.wait_until_checked(self.api, self.model_id, VERSION)
            step.what = f"{checked['state']} {checked['failure'] or ''}".strip()

    def _publish(self) -> None:
        with self.log.step("publish") as step:
            published = self.api.post(f"/api/v1/models/{self.model_id}/versions/{VERSION}/publish")
            step.what = f"version {VERSION}: {published['state']}"

    def _predict(self, model: Trained) -> None:
        with self.log.step("predict") as step:
            self.predictions = [self._ask(row).json()["prediction"] for row in model.rows]
            pairs = zip(self.predictions, model.answers, strict=True)
            self.differences = sum(ours != theirs for ours, theirs in pairs)
            equal = len(model.rows) - self.differences
            step.what = f"{equal} of {len(model.rows)} held-out irises as predicted by scikit-learn"

    def _repeat(self, model: Trained) -> None:
        with self.log.step("predict again") as step:
            answer = self._ask(model.rows[0])
            self.cache = answer.headers["x-cache"]
            step.what = f"cache {self.cache}: {answer.json()['class_name']}"

    def _ask(self, row: list[float]) -> Any:
        return self.api.success("POST", f"/api/v1/models/{self.model_id}/predict", {"features": row})
