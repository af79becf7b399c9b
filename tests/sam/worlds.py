"""What an event needs to be there before, made in a running stack as its clients make it."""

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
    """What `given` names, for one new tenant; `instead`: what takes the place of the events' ids, tokens and e-mail."""

    def __init__(self, stack: RunningStack, given: str) -> None:
        self._stack, self._api = stack, stack.anonymous()
        self.instead = {lambda_events.EMAIL: f"{secrets.token_hex(6)}@example.com"}
        getattr(self, given)()

    def nothing(self) -> None:
        """An e-mail address that is nobody's."""

    def user(self) -> None:
        body = {"email": self.instead[lambda_events.EMAIL], "password": lambda_events.PASSWORD}
        user = self._api.post("/api/v1/auth/register", body)
        login = self._api.post("/api/v1/auth/login", body)
        self._api.token = login["access_token"]
        self.instead |= {lambda_events.TENANT: user["tenant_id"], lambda_events.USER: user["id"]}
        self.instead |= {
            lambda_events.ACCESS_TOKEN: login["access_token"],
            lambda_events.REFRESH_TOKEN: login["refresh_token"],
        }

    def draft(self) -> None:
        """The model Iris, at revision 2, with a draft of 1.0.0."""
        self.user()
        self.instead[lambda_events.MODEL] = model_id = self._api.post(_MODELS, _IRIS)["id"]
        self._api.post(f"{_MODELS}/{model_id}/versions", _DRAFT)

    def upload(self) -> Any:
        """An upload of one part for that draft."""
        self.draft()
        session = upload.start(self._api, self.instead[lambda_events.MODEL], "1.0.0", "model.onnx", _FILE)
        self.instead[lambda_events.UPLOAD] = session["upload_id"]
        return session

    def sent(self) -> Any:
        """The part is in the store."""
        session = self.upload()
        upload.put_parts(self._api, session, _FILE)
        return session

    def completed(self) -> None:
        """The stack validates it too: a message may come twice."""
        upload.complete(self._api, self.sent(), _FILE)

    def published(self) -> None:
        """The version can be asked which of four numbers is the largest."""
        self.completed()
        upload.wait_until_checked(self._api, self.instead[lambda_events.MODEL], "1.0.0")
        self._api.post(f"{_MODELS}/{self.instead[lambda_events.MODEL]}/versions/1.0.0/publish")

    def followed(self) -> None:
        """By a draft of 1.1.0."""
        self.published()
        body = {"bump": "minor", "changelog": "- More trees.", "metrics": {"accuracy": 0.9}}
        self._api.post(f"{_MODELS}/{self.instead[lambda_events.MODEL]}/versions", body)

    def aliased(self) -> None:
        """1.1.0 is published too, and production was moved to it."""
        self.published()
        model_id = self.instead[lambda_events.MODEL]
        path = f"{_MODELS}/{model_id}"
        self._api.post(f"{path}/versions", {"version": "1.1.0"})
        upload.upload(self._api, model_id, "1.1.0", "model.onnx", _FILE)
        self._api.post(f"{path}/versions/1.1.0/publish")
        self._api.success("PUT", f"{path}/aliases/production", {"version": "1.0.0"})
        moved = self._api.request("PUT", f"{path}/aliases/production", {"version": "1.1.0"}, headers={"if-match": "*"})
        assert moved.status_code == 200, moved.text

    def announced(self) -> str:
        """The next version of a signing key's secret, which has no text yet; answers the text of the current one."""
        rotations, text = Rotations(self._stack.ready["aws"]), json.dumps({"current": secrets.token_urlsafe(48)})
        secret_id = rotations.create(text)
        self.instead |= {lambda_events.SECRET: secret_id, lambda_events.SECRET_VERSION: rotations.announce(secret_id)}
        return text

    def pending(self) -> None:
        """The same, with its text."""
        text = self.announced()
        self._stack.client("secretsmanager").put_secret_value(
            SecretId=self.instead[lambda_events.SECRET],
            ClientRequestToken=self.instead[lambda_events.SECRET_VERSION],
            SecretString=successor(text, time.time()),
            VersionStages=["AWSPENDING"],
        )
