"""Secrets with all their versions and stages. Not saved: replicas in other regions."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from local.servers.moto.documents import Document
from local.servers.moto.saved.service import SavedService

_FIELDS = (
    "arn",
    "secret_string",
    "secret_binary",
    "description",
    "tags",
    "kms_key_id",
    "version_stages",
    "default_version_id",
    "versions",
    "created_date",
    "last_changed_date",
    "deleted_date",
    "policy",
    "rotation_requested",
    "rotation_enabled",
    "rotation_lambda_arn",
    "auto_rotate_after_days",
    "next_rotation_date",
    "last_rotation_date",
)


class Secrets(SavedService):
    """The secrets of one backend."""

    name = "secretsmanager"

    def __init__(self, backend: SecretsManagerBackend) -> None:
        super().__init__()
        self._backend = backend

    def restore(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            self._backend.secrets[name] = self._secret(name, value)

    def documents(self) -> Iterator[Document]:
        for secret in self._backend.secrets.values():
            if isinstance(secret, FakeSecret):
                yield secret.name, {field: getattr(secret, field) for field in _FIELDS}

    def _secret(self, name: str, value: dict[str, Any]) -> FakeSecret:
        region, account = self._backend.region_name, self._backend.account_id
        secret = FakeSecret(account, region, name, {}, cast("str", value["default_version_id"]))
        for field in _FIELDS:
            setattr(secret, field, value[field])
        return secret
