"""Users of the API and the models that they create."""

import secrets
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local.demo import registration, upload
from local.demo.client import Api
from local.mailbox import invitation_token
from tests.samples import onnx_files

MODELS = "/api/v1/models"
PASSWORD = "correct horse battery staple"


# Seconds after which a token is renewed.
_RENEWED = 300.0


@dataclass
class User:
    """A user whose `api` carries an access token. `models` holds the ids of all models created through it.

    `mailbox` is the folder of the stack's mail, if it has one.
    """

    api: Api
    email: str
    id: str
    tenant_id: str
    models: list[str] = field(default_factory=list)
    mailbox: Path = Path()
    renew_at: float = field(default_factory=lambda: time.monotonic() + _RENEWED)

    @classmethod
    def register(cls, api: Api, scope: str | None = None, mailbox: Path = Path()) -> "User":
        """Registers a user in a new tenant and logs in."""
        email = f"{secrets.token_hex(6)}@example.com"
        made = registration.register(api, {"email": email, "password": PASSWORD}, mailbox)
        user = cls(api, email, made["id"], made["tenant_id"], mailbox=mailbox)
        api.token = user.login(scope)["access_token"]
        return user

    def colleague(self, *roles: str) -> "User":
        """Invites a user with these roles to the organization, has it join and logs it in."""
        email = f"{secrets.token_hex(6)}@example.com"
        body = {"email": email, "password": PASSWORD, "invitation": self.invitation(email, *roles)}
        made = self.api.post("/api/v1/auth/register", body)
        user = User(replace(self.api, token=""), email, made["id"], made["tenant_id"], mailbox=self.mailbox)
        user.api.token = user.login()["access_token"]
        return user

    def invitation(self, email: str, *roles: str) -> str:
        """Invites an address to the organization, and returns the token."""
        made = self.api.post("/api/v1/users/invitations", {"email": email, "roles": list(roles)})
        return invitation_token(made, self.mailbox)

    def login(self, scope: str | None = None) -> Any:
        """Begins a session and returns its tokens."""
        narrowed = {} if scope is None else {"scope": scope}
        return self.api.post("/api/v1/auth/login", {"email": self.email, "password": PASSWORD, **narrowed})

    def renew(self) -> None:
        """Logs in again if the token is old: it is valid for 15 minutes."""
        if time.monotonic() > self.renew_at:
            self.api.token, self.renew_at = self.login()["access_token"], time.monotonic() + _RENEWED

    def model(self, **fields: Any) -> str:
        """Creates a model and returns its id."""
        body = {"name": f"model {secrets.token_hex(6)}", "framework": "onnx", **fields}
        self.models.append(self.api.post(MODELS, body)["id"])
        return self.models[-1]

    def draft(self, version: str = "1.0.0", **fields: Any) -> str:
        """Creates a model with a draft of `version` and returns its id."""
        model_id = self.model()
        self.api.post(f"{MODELS}/{model_id}/versions", {"version": version, **fields})
        return model_id

    def publish(self, content: bytes, **metadata: Any) -> str:
        """Creates a model, publishes `content` as its version 1.0.0, and returns its id."""
        model_id = self.draft(metadata=metadata)
        self._fill(model_id, "1.0.0", content)
        return model_id

    def publish_next(self, model_id: str, version: str, content: bytes) -> None:
        """Publishes `content` as a further version of a model."""
        self.api.post(f"{MODELS}/{model_id}/versions", {"version": version})
        self._fill(model_id, version, content)

    def _fill(self, model_id: str, version: str, content: bytes) -> None:
        checked = upload.upload(self.api, model_id, version, "model.onnx", content)
        assert checked["state"] == "ready", checked["failure"]
        self.api.post(f"{MODELS}/{model_id}/versions/{version}/publish")

    def publish_largest(self) -> str:
        """Publishes a model that returns which of four numbers is the largest, with the class names a to d."""
        return self.publish(onnx_files.largest_of_four(), class_names=["a", "b", "c", "d"])

    def delete_models(self) -> None:
        """Deletes the user's models. It logs in again, because the first token is valid for 15 minutes only."""
        if self.models:
            self.api.token = self.login()["access_token"]
        for model_id in self.models:
            assert self.api.request("DELETE", f"{MODELS}/{model_id}").status_code in {204, 404}
