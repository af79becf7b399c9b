"""The state that an event needs, created in a running stack over its API."""

import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.demo import registration, upload
from local.demo.client import Api
from local.events import files
from local.events.model import largest_of_four
from local.events.rotations import Rotations
from local.mailbox import Kind, invitation_token, mailed_token
from maas.security.keyring import successor

_MODELS = "/api/v1/models"
_IRIS = {"name": "Iris", "framework": "onnx", "tags": ["demo"], "metadata": {"team": "botany"}}
_DRAFT = {"version": "1.0.0", "metadata": {"class_names": ["a", "b", "c", "d"]}}
_FILE = largest_of_four()


class World:
    """The state named by `given`, for one new tenant.

    `replacements` maps the ids, tokens and e-mail address in the event files to those of this tenant.
    """

    def __init__(self, ready: Mapping[str, Any], api: Api, given: str) -> None:
        """Creates the state named by `given` in the stack whose ready file is `ready`; `api` has no token yet."""
        self._ready, self._api = ready, api
        self.replacements = {files.EMAIL: f"{secrets.token_hex(6)}@example.com"}
        getattr(self, given)()

    @property
    def _mailbox(self) -> Path:
        return Path(self._ready["mailbox"])

    def nothing(self) -> None:
        """Creates no record; the e-mail address is not registered."""

    def user(self) -> None:
        """Registers a user and logs in."""
        body = {"email": self.replacements[files.EMAIL], "password": files.PASSWORD}
        user = registration.register(self._api, body, self._mailbox)
        login = self._api.post("/api/v1/auth/login", body)
        self._api.token = login["access_token"]
        self.replacements |= {files.TENANT: user["tenant_id"], files.USER: user["id"]}
        self.replacements |= {
            files.ACCESS_TOKEN: login["access_token"],
            files.REFRESH_TOKEN: login["refresh_token"],
            files.SESSION: login["refresh_token"].partition(".")[0],
        }

    def forgotten(self) -> None:
        """Asks for a new password, and takes the token from the mail."""
        self.user()
        email = self.replacements[files.EMAIL]
        self._api.success("POST", "/api/v1/auth/password/forgot", {"email": email})
        self.replacements[files.RESET_TOKEN] = mailed_token(self._mailbox, Kind.RESET, email)

    def unverified(self) -> None:
        """Registers a user, and takes the token from the mail that the registration has sent."""
        self.user()
        email = self.replacements[files.EMAIL]
        self.replacements[files.ADDRESS_TOKEN] = mailed_token(self._mailbox, Kind.VERIFICATION, email)

    def proven(self) -> None:
        """Asks for a token for an address without an account, and takes it from the mail."""
        email = self.replacements[files.EMAIL]
        self._api.success("POST", "/api/v1/auth/email/verification", {"email": email})
        self.replacements[files.ADDRESS_TOKEN] = mailed_token(self._mailbox, Kind.REGISTRATION, email)

    def api_key(self) -> None:
        """Makes an API key that reads models."""
        self.user()
        made = self._api.post("/api/v1/api-keys", {"name": "ci", "scopes": ["models:read"]})
        self.replacements |= {files.API_KEY: made["id"], files.API_KEY_TEXT: made["key"]}

    def invited(self) -> str:
        """Invites a colleague as a viewer, and returns the token of the invitation."""
        self.user()
        self.replacements[files.COLLEAGUE_EMAIL] = email = f"{secrets.token_hex(6)}@example.com"
        made = self._api.post("/api/v1/users/invitations", {"email": email, "roles": ["viewer"]})
        token = invitation_token(made, self._mailbox)
        self.replacements |= {files.INVITATION: made["id"], files.INVITATION_TOKEN: token}
        return token

    def invited_elsewhere(self) -> None:
        """Has another organization, Looms, invite the user as a viewer."""
        self.user()
        other = {"email": f"{secrets.token_hex(6)}@example.com", "password": files.PASSWORD}
        own = self._api.token
        registration.register(self._api, {**other, "organization": "Looms"}, self._mailbox)
        self._api.token = self._api.post("/api/v1/auth/login", other)["access_token"]
        body = {"email": self.replacements[files.EMAIL], "roles": ["viewer"]}
        made = self._api.post("/api/v1/users/invitations", body)
        self.replacements[files.INVITATION_TOKEN] = invitation_token(made, self._mailbox)
        self._api.token = own

    def colleague(self) -> None:
        """Has the invited colleague join the organization."""
        token = self.invited()
        body = {"email": self.replacements[files.COLLEAGUE_EMAIL], "password": files.PASSWORD, "invitation": token}
        self.replacements[files.COLLEAGUE] = self._api.post("/api/v1/auth/register", body)["id"]

    def service_account(self) -> None:
        """Makes a service account that reads models."""
        self.user()
        made = self._api.post("/api/v1/service-accounts", {"name": "ci", "roles": ["viewer"]})
        self.replacements[files.SERVICE_ACCOUNT] = made["id"]

    def trusted_issuer(self) -> None:
        """Trusts the main branch of a repository at GitHub, for the service account."""
        self.service_account()
        body = {
            "name": "GitHub",
            "issuer": "https://token.actions.githubusercontent.com",
            "conditions": {"sub": "repo:acme/app:ref:refs/heads/main"},
            "service_account_id": self.replacements[files.SERVICE_ACCOUNT],
        }
        self.replacements[files.TRUSTED_ISSUER] = self._api.post("/api/v1/trusted-issuers", body)["id"]

    def webhook(self) -> None:
        """Makes a webhook for events of models, and a delivery of it."""
        self.user()
        webhooks = "/api/v1/webhooks"
        made = self._api.post(webhooks, {"url": "https://hooks.example.com/maas", "events": ["ModelCreated"]})
        delivery = self._api.post(f"{webhooks}/{made['id']}/test")
        self.replacements |= {files.WEBHOOK: made["id"], files.DELIVERY: delivery["id"]}

    def draft(self) -> None:
        """Creates the model Iris with a draft of 1.0.0; the model's revision is 2."""
        self.user()
        self.replacements[files.MODEL] = model_id = self._api.post(_MODELS, _IRIS)["id"]
        self._api.post(f"{_MODELS}/{model_id}/versions", _DRAFT)

    def shared(self) -> None:
        """Grants the role of a viewer on the model Iris to the user, who is an admin too."""
        self.draft()
        grant = f"{_MODELS}/{self.replacements[files.MODEL]}/grants/{self.replacements[files.USER]}"
        self._api.success("PUT", grant, {"role": "viewer", "kind": "user"})

    def upload(self) -> Any:
        """Starts an upload of one part for the draft."""
        self.draft()
        session = upload.start(self._api, self.replacements[files.MODEL], "1.0.0", "model.onnx", _FILE)
        self.replacements[files.UPLOAD] = session["upload_id"]
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
        upload.wait_until_checked(self._api, self.replacements[files.MODEL], "1.0.0")
        self._api.post(f"{_MODELS}/{self.replacements[files.MODEL]}/versions/1.0.0/publish")

    def job(self) -> None:
        """Makes a job of low priority with the published version. The stack runs it as well."""
        self.published()
        body = {"model_id": self.replacements[files.MODEL], "features": [0, 1, 0, 0], "priority": "low"}
        self.replacements[files.JOB] = self._api.post("/api/v1/inference/jobs", body)["id"]

    def next_draft(self) -> None:
        """Publishes 1.0.0 and creates a draft of 1.1.0."""
        self.published()
        body = {"bump": "minor", "changelog": "- More trees.", "metrics": {"accuracy": 0.9}}
        self._api.post(f"{_MODELS}/{self.replacements[files.MODEL]}/versions", body)

    def aliased(self) -> None:
        """Publishes 1.0.0 and 1.1.0, and moves the alias production from 1.0.0 to 1.1.0."""
        self.published()
        model_id = self.replacements[files.MODEL]
        path = f"{_MODELS}/{model_id}"
        self._api.post(f"{path}/versions", {"version": "1.1.0"})
        upload.upload(self._api, model_id, "1.1.0", "model.onnx", _FILE)
        self._api.post(f"{path}/versions/1.1.0/publish")
        self._api.success("PUT", f"{path}/aliases/production", {"version": "1.0.0"})
        moved = self._api.request("PUT", f"{path}/aliases/production", {"version": "1.1.0"}, headers={"if-match": "*"})
        assert moved.status_code == 200, moved.text

    def rotation_started(self) -> str:
        """Starts the rotation of a signing key and returns its current text; the pending version has no text yet."""
        rotations, text = Rotations(self._ready["aws"]), json.dumps({"current": secrets.token_urlsafe(48)})
        secret_id = rotations.create(text)
        self.replacements |= {
            files.SECRET: secret_id,
            files.SECRET_VERSION: rotations.announce(secret_id),
        }
        return text

    def rotation_pending(self) -> None:
        """Starts a rotation and stores the text of its pending version."""
        text = self.rotation_started()
        Rotations(self._ready["aws"]).write_pending(
            self.replacements[files.SECRET], self.replacements[files.SECRET_VERSION], successor(text, time.time())
        )
