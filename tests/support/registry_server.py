"""Principals, models, versions and uploads in a given state, and the registry on a real socket."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from functions.registry.container import build_server
from functions.registry.ports import Repository
from functions.registry.server.credentials import Credentials
from functions.registry.server.standings import Current
from maas.domain.catalog.models import Model, NewModel
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.catalog.versions import Artifact, Signature, Tensor, Version
from maas.domain.errors import MaasError
from maas.domain.identity.grants import SubjectKind
from maas.domain.identity.principals import Principal, Role, Scope, scopes_of, validator
from maas.domain.ids import new_id
from maas.domain.quotas import Usage
from maas.domain.uploads.files import DeclaredFile, planned
from maas.domain.uploads.sessions import MIB, Upload, UploadFile, UploadStart, file_key, storage_key
from maas.security.tokens import SERVICE, Key, Kind, sign
from maas.services.ports.models import ModelRegistry
from maas.services.ports.registry import Registry
from maas.services.ports.upload_registry import UploadRegistry
from maas.services.ports.version_registry import VersionRegistry
from tests.support.signing_keys import keys_of

SECRET = "a service secret of at least thirty-two characters"
KEY, KEYS = Key.derive(SECRET), keys_of(SECRET)
SHA256 = "ab" * 32
SIZE = 20 * MIB
SIGNATURE = Signature(
    inputs=(Tensor("X", "float", (-1, 4)),),
    outputs=(Tensor("label", "int64", (-1,)), Tensor("probabilities", "float", (-1, 3))),
)


def person(tenant_id: str = "", *roles: Role) -> Principal:
    """Returns a principal of `tenant_id` (of a new tenant if empty) with `roles`, by default the developer's."""
    granted = frozenset(roles or (Role.DEVELOPER,))
    return Principal(new_id(), tenant_id or new_id(), granted, scopes_of(granted))


def limited(by: Principal, *scopes: Scope) -> Principal:
    """Returns the same principal with these scopes only."""
    return Principal(by.subject, by.tenant_id, by.roles, frozenset(scopes))


def signed(by: Principal, kind: Kind = SERVICE, key: Key = KEY, age: float = 0) -> str:
    """Returns the value of a call's `authorization`; its token was signed `age` seconds ago."""
    return f"Bearer {sign(key, kind, by, time.time() - age)}"


async def as_signed(by: Principal) -> Principal:
    """Returns the caller as its token says: the callers of these tests have no record in the identity table."""
    return by


class _UnknownPeople:
    """The people of these tests have no record in the identity table, so every one is known and none is counted."""

    async def knows(self, tenant_id: str, subjects: Mapping[str, SubjectKind]) -> frozenset[str]:
        return frozenset(subjects)

    async def usage(self, tenant_id: str) -> list[Usage]:
        return []


PEOPLE = _UnknownPeople()


async def make_model(registry: ModelRegistry, by: Principal, name: str = "iris", **fields: object) -> Model:
    return await registry.create_model(by, NewModel(**{"name": name, "framework": "onnx", **fields}))  # type: ignore[arg-type]


async def make_draft(registry: VersionRegistry, by: Principal, model: Model, number: str = "1.0.0") -> Version:
    return await registry.create_version(by, model.id, NewVersion(version=number))


async def make_upload(
    registry: UploadRegistry,
    by: Principal,
    model: Model,
    number: str = "1.0.0",
    sha256: str = "",
    *,
    size: int = SIZE,
    replace: bool = False,
    unless_known: bool = False,
    named: str = "",
) -> Upload:
    upload_id = new_id()
    return await registry.start_upload(
        by,
        UploadStart(
            upload_id=upload_id,
            model_id=named or model.id,
            version=number,
            filename="iris.onnx",
            size=size,
            sha256=sha256,
            part_size=8 * MIB,
            storage_key=storage_key(model.tenant_id, model.id, number, upload_id),
            storage_upload_id="the store's id",
            checksums=True,
            replace=replace,
            unless_known=unless_known,
        ),
    )


def set_files(model: Model, number: str, upload_id: str, sizes: Mapping[str, int]) -> tuple[UploadFile, ...]:
    """Returns the files of a set as a start has them, by path and size; the first one is the main file."""
    main, key = next(iter(sizes)), storage_key(model.tenant_id, model.id, number, upload_id)
    ordered = sorted(sizes.items(), key=lambda file: file[0].encode())
    declared = [DeclaredFile(path=path, size=size, sha256=SHA256, main=path == main) for path, size in ordered]
    return tuple(planned(file, file_key(key, i)) for i, file in enumerate(declared))


def set_start(model: Model, sizes: Mapping[str, int], number: str = "1.0.0", *, replace: bool = False) -> UploadStart:
    upload_id = new_id()
    return UploadStart(
        upload_id=upload_id,
        model_id=model.id,
        version=number,
        filename="",
        size=0,
        part_size=0,
        storage_key="",
        storage_upload_id="",
        replace=replace,
        files=set_files(model, number, upload_id, sizes),
    )


def artifact(upload: Upload) -> Artifact:
    """Returns the result that the validator records for a good file."""
    return Artifact(
        storage_key=upload.storage_key, size=upload.size, sha256=SHA256, signature=SIGNATURE, object_version="v1"
    )


async def make_ready(
    registry: Registry, by: Principal, model: Model, number: str = "1.0.0", signature: Signature = SIGNATURE
) -> Version:
    await make_draft(registry, by, model, number)
    upload = await make_upload(registry, by, model, number)
    await registry.complete_upload(by, upload.id, SHA256)
    found = replace(artifact(upload), signature=signature)
    return await registry.record_validation(validator(by.tenant_id), upload.id, found)


async def make_published(registry: Registry, by: Principal, model: Model, number: str = "1.0.0") -> Version:
    await make_ready(registry, by, model, number)
    return await registry.publish_version(by, model.id, number)


@asynccontextmanager
async def serving(
    repository: Repository,
    *,
    auth: bool = True,
    current: Current = as_signed,
    credentials: Credentials | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[str]:
    """Starts the registry's own server on a free port and yields its address."""
    server = build_server(repository, KEYS, current, PEOPLE, listen=f"{host}:0", auth=auth, credentials=credentials)
    await server.start()
    try:
        yield f"{host}:{server.port}"
    finally:
        await server.stop(grace=0)


def broken_field(error: pytest.ExceptionInfo[MaasError]) -> tuple[str, str]:
    """Returns name and rule of the only field that the error blames."""
    [field] = error.value.fields
    return field.field, field.rule
