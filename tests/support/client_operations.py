"""Every operation of the client: a call, its route, and the contract of its body."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from maas.contracts import (
    aliases,
    api_keys,
    auth,
    grants,
    inference,
    invitations,
    members,
    models,
    own_accounts,
    password_resets,
    service_accounts,
    uploads,
    verifications,
    versions,
    webhooks,
)
from maas_client import AsyncClient
from tests.support.client_api import MODEL_ID as M

AT = datetime(2027, 1, 1, tzinfo=UTC)
ClientCall = Callable[[AsyncClient], Any]
# The operation, its route, and the contract of its body.
OPERATIONS: dict[str, tuple[ClientCall, str, type[BaseModel] | None]] = {
    "auth.register": (lambda c: c.auth.register("a@b.c", "p", name="A"), "POST auth/register", auth.RegisterBody),
    "auth.login": (lambda c: c.auth.login("a@b.c", "p", scope="x"), "POST auth/login", auth.LoginBody),
    "auth.request_verification": (
        lambda c: c.auth.request_verification("a@b.c"),
        "POST auth/email/verification",
        verifications.VerificationBody,
    ),
    "auth.verify_email": (
        lambda c: c.auth.verify_email("t", "p"),
        "POST auth/email/verify",
        verifications.VerifyBody,
    ),
    "auth.forgot_password": (
        lambda c: c.auth.forgot_password("a@b.c"),
        "POST auth/password/forgot",
        password_resets.ForgotBody,
    ),
    "auth.reset_password": (
        lambda c: c.auth.reset_password("t", "p"),
        "POST auth/password/reset",
        password_resets.ResetBody,
    ),
    "account.me": (lambda c: c.account.me(), "GET users/me", None),
    "account.update": (lambda c: c.account.update(name="B"), "PATCH users/me", own_accounts.PatchMe),
    "account.organizations": (lambda c: c.account.organizations(), "GET users/me/organizations", None),
    "account.join": (lambda c: c.account.join("i"), "POST users/me/organizations", own_accounts.JoinBody),
    "account.sessions": (lambda c: c.account.sessions(limit=2), "GET users/me/sessions", None),
    "account.session": (lambda c: c.account.session("s"), "GET users/me/sessions/s", None),
    "account.end_session": (lambda c: c.account.end_session("s"), "DELETE users/me/sessions/s", None),
    "account.end_all_sessions": (lambda c: c.account.end_all_sessions(), "DELETE users/me/sessions", None),
    "models.create": (
        lambda c: c.models.create("iris", "onnx", tags=("a",), metadata={"k": "v"}, version="1.0.0"),
        "POST models",
        models.CreateModel,
    ),
    "models.list": (lambda c: c.models.list(q="i", tags=["a", "b"], is_public=True), "GET models", None),
    "models.get": (lambda c: c.models.get(M), f"GET models/{M}", None),
    "models.update": (lambda c: c.models.update(M, is_public=True), f"PATCH models/{M}", models.PatchModel),
    "models.replace": (
        lambda c: c.models.replace(M, "a", "onnx", revision=3),
        f"PUT models/{M}",
        models.ReplaceModel,
    ),
    "models.delete": (lambda c: c.models.delete(M), f"DELETE models/{M}", None),
    "models.set_status": (lambda c: c.models.set_status(M, "ready"), f"PATCH models/{M}/status", models.StatusBody),
    "models.add_tags": (lambda c: c.models.add_tags(M, ["a"]), f"POST models/{M}/tags", models.TagsBody),
    "models.remove_tags": (lambda c: c.models.remove_tags(M, ["a"]), f"DELETE models/{M}/tags", None),
    "models.get_metadata": (lambda c: c.models.get_metadata(M), f"GET models/{M}/metadata", None),
    "models.set_metadata": (
        lambda c: c.models.set_metadata(M, {"a": "b"}),
        f"PUT models/{M}/metadata",
        models.MetadataBody,
    ),
    "versions.create": (
        lambda c: c.versions.create(M, bump="minor", metadata={"a": 1}, metrics={"f1": 0.5}),
        f"POST models/{M}/versions",
        versions.CreateVersion,
    ),
    "versions.list": (lambda c: c.versions.list(M), f"GET models/{M}/versions", None),
    "versions.get": (lambda c: c.versions.get(M, ">=1.0 <2"), f"GET models/{M}/versions/%3E%3D1.0%20%3C2", None),
    "versions.update": (
        lambda c: c.versions.update(M, "1.0.0", changelog="x"),
        f"PATCH models/{M}/versions/1.0.0",
        versions.PatchVersion,
    ),
    "versions.publish": (
        lambda c: c.versions.publish(M, "1.0.0", force_reason="why"),
        f"POST models/{M}/versions/1.0.0/publish",
        versions.PublishVersion,
    ),
    "versions.deprecate": (
        lambda c: c.versions.deprecate(M, "1.0.0", revision=2),
        f"POST models/{M}/versions/1.0.0/deprecate",
        None,
    ),
    "versions.delete": (lambda c: c.versions.delete(M, "1.0.0"), f"DELETE models/{M}/versions/1.0.0", None),
    "versions.download": (lambda c: c.versions.download(M, "latest"), f"GET models/{M}/versions/latest/download", None),
    "versions.diff": (lambda c: c.versions.diff(M, "1.0.0", "latest"), f"GET models/{M}/diff", None),
    "versions.changelog": (lambda c: c.versions.changelog(M, within="^1"), f"GET models/{M}/changelog", None),
    "aliases.set": (
        lambda c: c.aliases.set(M, "production", "1.0.0", reason="r", revision="*"),
        f"PUT models/{M}/aliases/production",
        aliases.SetAlias,
    ),
    "aliases.list": (lambda c: c.aliases.list(M), f"GET models/{M}/aliases", None),
    "aliases.get": (lambda c: c.aliases.get(M, "a"), f"GET models/{M}/aliases/a", None),
    "aliases.rollback": (lambda c: c.aliases.rollback(M, "a"), f"POST models/{M}/rollback", aliases.Rollback),
    "aliases.history": (lambda c: c.aliases.history(M, "a"), f"GET models/{M}/aliases/a/history", None),
    "aliases.live_at": (lambda c: c.aliases.live_at(M, "a", AT), f"GET models/{M}/aliases/a/history", None),
    "aliases.delete": (lambda c: c.aliases.delete(M, "a", reason="r"), f"DELETE models/{M}/aliases/a", None),
    "grants.set": (
        lambda c: c.grants.set(M, "s", "invoker", "user"),
        f"PUT models/{M}/grants/s",
        grants.SetGrant,
    ),
    "grants.list": (lambda c: c.grants.list(M), f"GET models/{M}/grants", None),
    "grants.delete": (lambda c: c.grants.delete(M, "s"), f"DELETE models/{M}/grants/s", None),
    "uploads.start": (
        lambda c: c.uploads.start(M, "1.0.0", "a.onnx", 5, sha256="0" * 64, part_size=5, replace=True),
        f"POST models/{M}/upload",
        uploads.StartUpload,
    ),
    "uploads.get": (lambda c: c.uploads.get("u"), "GET uploads/u", None),
    "uploads.sign": (lambda c: c.uploads.sign("u", [1, 2]), "POST uploads/u/parts", uploads.SignParts),
    "uploads.complete": (
        lambda c: c.uploads.complete("u", sha256="0" * 64),
        "POST uploads/u/complete",
        uploads.CompleteUpload,
    ),
    "uploads.abort": (lambda c: c.uploads.abort("u"), "DELETE uploads/u", None),
    "inference.predict": (
        lambda c: c.inference.predict(M, [1.0], version="^1", outputs=("y",), timeout=99),
        f"POST models/{M}/predict",
        inference.PredictRequest,
    ),
    "inference.predict_batch": (
        lambda c: c.inference.predict_batch(M, records=[{"a": 1}]),
        f"POST models/{M}/predict",
        inference.PredictRequest,
    ),
    "api_keys.create": (
        lambda c: c.api_keys.create("n", ["models:read"], networks=["::/0"], expires_at=AT),
        "POST api-keys",
        api_keys.CreateApiKey,
    ),
    "api_keys.list": (lambda c: c.api_keys.list(), "GET api-keys", None),
    "api_keys.get": (lambda c: c.api_keys.get("k"), "GET api-keys/k", None),
    "api_keys.update": (
        lambda c: c.api_keys.update("k", name="n", models={M: "^1"}),
        "PATCH api-keys/k",
        api_keys.PatchApiKey,
    ),
    "api_keys.rotate": (
        lambda c: c.api_keys.rotate("k", grace_seconds=5),
        "POST api-keys/k/rotate",
        api_keys.RotateApiKey,
    ),
    "api_keys.delete": (lambda c: c.api_keys.delete("k"), "DELETE api-keys/k", None),
    "users.list": (lambda c: c.users.list(role="admin"), "GET users", None),
    "users.get": (lambda c: c.users.get("u"), "GET users/u", None),
    "users.update": (lambda c: c.users.update("u", disabled=True), "PATCH users/u", members.PatchMember),
    "users.delete": (lambda c: c.users.delete("u"), "DELETE users/u", None),
    "users.invite": (
        lambda c: c.users.invite("a@b.c", ["viewer"]),
        "POST users/invitations",
        invitations.InviteBody,
    ),
    "users.invitations": (lambda c: c.users.invitations(), "GET users/invitations", None),
    "users.revoke_invitation": (lambda c: c.users.revoke_invitation("i"), "DELETE users/invitations/i", None),
    "audit.list": (lambda c: c.audit.list(object_=f"model/{M}", start=AT), "GET audit", None),
    "audit.export": (lambda c: c.audit.export(end=AT), "GET audit/export", None),
    "audit.head": (lambda c: c.audit.head(), "GET audit/head", None),
    "usage.get": (lambda c: c.usage.get(), "GET usage", None),
    "webhooks.create": (
        lambda c: c.webhooks.create("https://x.test/", events=["ModelCreated"]),
        "POST webhooks",
        webhooks.CreateWebhook,
    ),
    "webhooks.list": (lambda c: c.webhooks.list(), "GET webhooks", None),
    "webhooks.get": (lambda c: c.webhooks.get("w"), "GET webhooks/w", None),
    "webhooks.update": (lambda c: c.webhooks.update("w", enabled=True), "PATCH webhooks/w", webhooks.PatchWebhook),
    "webhooks.delete": (lambda c: c.webhooks.delete("w"), "DELETE webhooks/w", None),
    "webhooks.rotate_secret": (
        lambda c: c.webhooks.rotate_secret("w", grace_seconds=5),
        "POST webhooks/w/rotate-secret",
        webhooks.RotateWebhookSecret,
    ),
    "webhooks.deliveries": (lambda c: c.webhooks.deliveries("w"), "GET webhooks/w/deliveries", None),
    "webhooks.redeliver": (lambda c: c.webhooks.redeliver("w", "d"), "POST webhooks/w/deliveries/d/redeliver", None),
    "webhooks.test": (lambda c: c.webhooks.test("w"), "POST webhooks/w/test", None),
    "service_accounts.create": (
        lambda c: c.service_accounts.create("n", ["viewer"]),
        "POST service-accounts",
        service_accounts.CreateServiceAccount,
    ),
    "service_accounts.list": (lambda c: c.service_accounts.list(), "GET service-accounts", None),
    "service_accounts.get": (lambda c: c.service_accounts.get("a"), "GET service-accounts/a", None),
    "service_accounts.update": (
        lambda c: c.service_accounts.update("a", roles=["viewer"]),
        "PATCH service-accounts/a",
        service_accounts.PatchServiceAccount,
    ),
    "service_accounts.delete": (lambda c: c.service_accounts.delete("a"), "DELETE service-accounts/a", None),
}
# Those that take an idempotency key (docs/api/README.md).
KEYED = {
    "models.create",
    "versions.create",
    "versions.publish",
    "aliases.rollback",
    "uploads.start",
    "api_keys.create",
    "api_keys.rotate",
    "webhooks.create",
    "webhooks.rotate_secret",
    "webhooks.redeliver",
    "webhooks.test",
    "users.invite",
    "service_accounts.create",
}
