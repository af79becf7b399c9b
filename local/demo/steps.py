"""The steps from registration to prediction, as a user of the Python client does them."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local.demo.log import Log
from local.demo.train import Trained
from local.mailbox import Kind, mailed_token
from maas_client import Client
from maas_client.answers import Prediction, User

VERSION = "1.0.0"
# Each process of the function has results of its own, and any of them may answer.
_REPEATS = 10


@dataclass(slots=True)
class Demo:
    """One run with `client`. `trained` waits for the training in the background."""

    client: Client
    trained: Callable[[], Trained]
    log: Log = field(default_factory=Log)
    email: str = field(default_factory=lambda: f"iris-{secrets.token_hex(4)}@example.com")
    mailbox: Path = Path()
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    model_id: str = ""
    predictions: list[Any] = field(default_factory=list)
    differences: int = 0
    cache: str = ""

    def run(self) -> bool:
        """Runs all steps. Returns whether all predictions equal scikit-learn's and the cache works."""
        self._register()
        model = self._train()
        self._create()
        self._push(model)
        self._publish()
        self._predict(model)
        self._repeat(model)
        self._figures()
        return self.differences == 0 and self.cache == "hit"

    def _register(self) -> None:
        with self.log.step("register") as step:
            user = self._registered()
            step.what = f"{user.email}, {', '.join(user.roles)} of a new tenant"
        with self.log.step("log in") as step:
            self.client.auth.login(self.email, self.password)
            step.what = "tokens that are refreshed by themselves"

    def _registered(self) -> User:
        """Returns the new user, once the token of a mail is shown if the stack asks for one."""
        user = self.client.auth.register(self.email, self.password)
        if user is None:  # `Registration=verified`
            token = mailed_token(self.mailbox, Kind.REGISTRATION, self.email)
            user = self.client.auth.register(self.email, self.password, verification=token)
        assert user
        return user

    def _train(self) -> Trained:
        with self.log.step("train") as step:
            model = self.trained()
            step.what = f"random forest on 120 irises, {len(model.onnx):,} bytes of ONNX"
        return model

    def _create(self) -> None:
        with self.log.step("create") as step:
            name = f"iris {self.email.partition('@')[0]}"
            self.model_id = self.client.models.create(name, "sklearn", tags=["demo"]).id
            step.what = f"model {self.model_id}"

    def _push(self, model: Trained) -> None:
        with self.log.step("push") as step, TemporaryDirectory(prefix="maas-demo-") as folder:
            file = Path(folder) / "iris.onnx"
            file.write_bytes(model.onnx)
            metadata = {"class_names": model.class_names}
            pushed = self.client.push(file, model=self.model_id, version=VERSION, metadata=metadata)
            step.what = f"version {VERSION}, sent directly to the store by presigned URL: {pushed.state}"

    def _publish(self) -> None:
        with self.log.step("publish") as step:
            published = self.client.versions.publish(self.model_id, VERSION)
            step.what = f"version {VERSION}: {published.state}"

    def _predict(self, model: Trained) -> None:
        with self.log.step("predict") as step:
            self.predictions = [self._ask(row).prediction for row in model.rows]
            pairs = zip(self.predictions, model.answers, strict=True)
            self.differences = sum(ours != theirs for ours, theirs in pairs)
            equal = len(model.rows) - self.differences
            step.what = f"{equal} of {len(model.rows)} held-out irises as predicted by scikit-learn"

    def _repeat(self, model: Trained) -> None:
        with self.log.step("predict again") as step:
            for _ in range(_REPEATS):
                if (answer := self._ask(model.rows[0])).cached:
                    break
            self.cache = "hit" if answer.cached else "miss"
            step.what = f"cache {self.cache}: {answer.class_name}"

    def _figures(self) -> None:
        """Shows hit rates of caches. Other processes of the function tell theirs within a second."""
        with self.log.step("figures") as step:
            found = self.client.usage.stats(minutes=5)
            rates = (
                f"registry {_percent(found.registry.hit_rate)}, results {_percent(found.predictions.results.hit_rate)}"
            )
            step.what = f"cache hits: {rates} of {found.predictions.calls} predictions"

    def _ask(self, row: list[float]) -> Prediction:
        return self.client.inference.predict(self.model_id, row)


def _percent(rate: float | None) -> str:
    return "unknown" if rate is None else f"{rate:.0%}"
