"""Users of the API, and the models that they make."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from local.demo import upload
from local.demo.client import Api
from tests.samples import onnx_files

MODELS = "/api/v1/models"
PASSWORD = "correct horse battery staple"


@dataclass
class User:
    """`api` carries the access token; `models` are the ids of those made by `model` and what builds on it."""

    api: Api
    email: str
    id: str
    tenant_id: str
    models: list[str] = field(default_factory=list)

    @classmethod
    def register(cls, api: Api, scope: str | None = None) -> "User":
        """A new user of a new tenant, logged in."""
        email = f"{secrets.token_hex(6)}@example.com"
        made = api.post("/api/v1/auth/register", {"email": email, "password": PASSWORD})
        user = cls(api, email, made["id"], made["tenant_id"])
        api.token = user.login(scope)["access_token"]
        return user

    def login(self, scope: str | None = None) -> Any:
        """Tokens of a new session."""
        narrowed = {} if scope is None else {"scope": scope}
        return self.api.post("/api/v1/auth/login", {"email": self.email, "password": PASSWORD, **narrowed})

    def model(self, **fields: Any) -> str:
        """The id of a new model."""
        body = {"name": f"model {secrets.token_hex(6)}", "framework": "onnx", **fields}
        self.models.append(self.api.post(MODELS, body)["id"])
        return self.models[-1]

    def draft(self, version: str = "1.0.0", **fields: Any) -> str:
        """The id of a new model that has a draft of `version`."""
        model_id = self.model()
        self.api.post(f"{MODELS}/{model_id}/versions", {"version": version, **fields})
        return model_id

    def publish(self, content: bytes, **metadata: Any) -> str:
        """The id of a new model whose 1.0.0 is `content`, published."""
        model_id = self.draft(metadata=metadata)
        checked = upload.upload(self.api, model_id, "1.0.0", "model.onnx", content)
        assert checked["state"] == "ready", checked["failure"]
        self.api.post(f"{MODELS}/{model_id}/versions/1.0.0/publish")
        return model_id

    def publish_largest(self) -> str:
        """A model that says which of four numbers is the largest, by the names a to d."""
        return self.publish(onnx_files.largest_of_four(), class_names=["a", "b", "c", "d"])

    def delete_models(self) -> None:
        """With a token of its own: the first is good for 15 minutes only. There is no route that deletes a user."""
        if self.models:
            self.api.token = self.login()["access_token"]
        for model_id in self.models:
            assert self.api.request("DELETE", f"{MODELS}/{model_id}").status_code in {204, 404}
