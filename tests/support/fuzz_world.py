"""Two organizations on a stack, with something of each kind, for requests that a document's schemas make."""

import secrets
from collections.abc import Mapping
from typing import Any

from local.demo import upload
from maas.domain.identity.principals import Scope
from tests.samples import onnx_files
from tests.support.stack_users import MODELS, PASSWORD, User
from tests.support.stacks import RunningStack

FILE = onnx_files.largest_of_four()
ALL_SCOPES = sorted(Scope)


def fuzz_world(stack: RunningStack) -> dict[str, Any]:
    """The credentials of both, and values of path parameters: `kept` for any request, `spare` ones to delete."""
    first, second = stack.user(), stack.user()
    kept = objects(first)
    for name, values in objects(second).items():
        kept[name] += values
    shared = kept["model_id"][0]
    first.api.success("PUT", f"{MODELS}/{shared}/grants/{second.tenant_id}", {"role": "viewer", "kind": "organization"})
    kept["subject"] = [second.tenant_id, first.id, *kept["key_id"]]
    return {
        "url": stack.url,
        "actors": [_actor(first), _actor(second)],
        "kept": kept,
        "spare": {name: values * 3 for name, values in _spare(first).items()},
    }


def _actor(user: User) -> dict[str, str]:
    return {"email": user.email, "password": PASSWORD, "key": _key(user)["key"]}


def _key(user: User) -> Mapping[str, Any]:
    made: Mapping[str, Any] = user.api.post("/api/v1/api-keys", {"name": "fuzz", "scopes": ALL_SCOPES})
    return made


def objects(user: User) -> dict[str, list[str]]:
    """Values of path parameters that stand for something of the user's organization."""
    published, draft, open_one = user.publish_largest(), user.draft("1.0.0"), user.draft("0.1.0")
    user.api.success("PUT", f"{MODELS}/{published}/aliases/production", {"version": "1.0.0"})
    user.api.success("PATCH", f"{MODELS}/{open_one}", {"is_public": True})
    started = upload.start(user.api, draft, "1.0.0", "model.onnx", FILE)
    small = _spare(user)
    return {
        "model_id": [published, published, draft, open_one],
        "alias": ["production"],
        "ref": ["1.0.0", "latest", "production", "^1"],
        "upload_id": [started["upload_id"]],
        "job_id": [user.api.post("/api/v1/inference/jobs", {"model_id": published, "features": [1, 2, 3, 4]})["id"]],
        **{name: values for name, values in small.items() if name != "model_id"},
    }


def _spare(user: User) -> dict[str, list[str]]:
    """Values of path parameters for what a request may delete."""
    post = user.api.post
    account = post("/api/v1/service-accounts", {"name": "fuzz", "roles": ["viewer"]})["id"]
    hook = post("/api/v1/webhooks", {"url": "https://hooks.example.com/", "events": ["ModelDeleted"], "enabled": True})[
        "id"
    ]
    issuer = {
        "name": "fuzz",
        "issuer": "https://issuer.example.com",
        "conditions": {"sub": "repo:acme/app"},
        "service_account_id": account,
    }
    invited = {"email": f"{secrets.token_hex(4)}@example.com", "roles": ["viewer"]}
    return {
        "model_id": [user.model(), user.model()],
        "key_id": [_key(user)["id"]],
        "account_id": [account],
        "webhook_id": [hook],
        "delivery_id": [post(f"/api/v1/webhooks/{hook}/test")["id"]],
        "issuer_id": [post("/api/v1/trusted-issuers", issuer)["id"]],
        "invitation_id": [post("/api/v1/users/invitations", invited)["id"]],
        "user_id": [user.colleague("viewer").id],
        "session_id": [user.login()["refresh_token"].partition(".")[0]],
    }
