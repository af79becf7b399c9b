"""The state that an event needs, created in a running stack over its API."""

import json
import secrets
import time
from typing import Any

from local.demo import upload
from maas.security.keyring import successor
from tests.samples import onnx_files
from tests.support import lambda_events
from tests.support.rotations import Rotations
from tests.support.stacks import RunningStack

_MODELS = "/api/v1/models"
_IRIS = {"name": "Iris", "framework": "onnx", "tags": ["demo"], "metadata": {"team": "botany"}}
_DRAFT = {"version": "1.0.0", "metadata": {"class_names": ["a", "b", "c", "d"]}}
_FILE = onnx_files.largest_of_four()


class World:
    """The state named by `given`, for one new tenant.

    `replacements` maps the ids, tokens and e-mail address in the event files to those of this tenant.
    """

    def __init__(self, stack: RunningStack, given: str) -> None:
        self._stack, self._api = stack, stack.anonymous()
        self.replacements = {lambda_events.EMAIL: f"{secrets.token_hex(6)}@example.com"}
        getattr(self, given)()

    def nothing(self) -> None:
        """Creates no record; the e-mail address is not registered."""

    def user(self) -> None:
        """Registers a user and logs in."""
        body = {"email": self.replacements[lambda_events.EMAIL], "password": lambda_events.PASSWORD}
        user = self._api.post("/api/v1/auth/register", body)
        login = self._api.post("/api/v1/auth/login", body)
        self._api.token = login["access_token"]
        self.replacements |= {lambda_events.TENANT: user["tenant_id"], lambda_events.USER: user["id"]}
        self.replacements |= {
            lambda_events.ACCESS_TOKEN: login["access_token"],
            lambda_events.REFRESH_TOKEN: login["refresh_token"],
        }

    def draft(self) -> None:
        """Creates the model Iris with a draft of 1.0.0; the model's revision is 2."""
        self.user()
        self.replacements[lambda_events.MODEL] = model_id = self._api.post(_MODELS, _IRIS)["id"]
        self._api.post(f"{_MODELS}/{model_id}/versions", _DRAFT)

    def upload(self) -> Any:
        """Starts an upload of one part for the draft."""
        self.draft()
        session = upload.start(self._api, self.replacements[lambda_events.MODEL], "1.0.0", "model.onnx", _FILE)
        self.replacements[lambda_events.UPLOAD] = session["upload_id"]
        return session

    def part_sent(self) -> Any:
        """Sends the part to object storage."""
        session = self.upload()
        upload.put_parts(self._api, session, _FILE)
        return session

    def completed(self) -> None:
        """Completes the upload. The stack validates it as well, as if SQS had delivered the message twice."""
        upload.complete(self._api, self.part_sent(), _FILE)

    def published(self) -> None:
        """Publishes the version, whose model returns which of four numbers is the largest."""
        self.completed()
        upload.wait_until_checked(self._api, self.replacements[lambda_events.MODEL], "1.0.0")
        self._api.post(f"{_MODELS}/{self.replacements[lambda_events.MODEL]}/versions/1.0.0/publish")

    def next_draft(self) -> None:
        """Publishes 1.0.0 and creates a draft of 1.1.0."""
        self.published()
        body = {"bump": "minor", "changelog": "- More trees.", "metrics": {"accuracy": 0.9}}
        self._api.post(f"{_MODELS}/{self.replacements[lambda_events.MODEL]}/versions", body)

    def aliased(self) -> None:
        """Publishes 1.0.0 and 1.1.0, and moves the alias production from 1.0.0 to 1.1.0."""
        self.published()
        model_id = self.replacements[lambda_events.MODEL]
        path = f"{_MODELS}/{model_id}"
        self._api.post(f"{path}/versions", {"version": "1.1.0"})
        upload.upload(self._api, model_id, "1.1.0", "model.onnx", _FILE)
        self._api.post(f"{path}/versions/1.1.0/publish")
        self._api.success("PUT", f"{path}/aliases/production", {"version": "1.0.0"})
        moved = self._api.request("PUT", f"{path}/aliases/production", {"version": "1.1.0"}, headers={"if-match": "*"})
        assert moved.status_code == 200, moved.text

    def rotation_started(self) -> str:
        """Starts the rotation of a signing key and returns its current text; the pending version has no text yet."""
        rotations, text = Rotations(self._stack.ready["aws"]), json.dumps({"current": secrets.token_urlsafe(48)})
        secret_id = rotations.create(text)
        self.replacements |= {
            lambda_events.SECRET: secret_id,
            lambda_events.SECRET_VERSION: rotations.announce(secret_id),
        }
        return text

    def rotation_pending(self) -> None:
        """Starts a rotation and stores the text of its pending version."""
        text = self.rotation_started()
        self._stack.client("secretsmanager").put_secret_value(
            SecretId=self.replacements[lambda_events.SECRET],
            ClientRequestToken=self.replacements[lambda_events.SECRET_VERSION],
            SecretString=successor(text, time.time()),
            VersionStages=["AWSPENDING"],
        )
