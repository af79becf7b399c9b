"""Bodies and files that the tests of routes share, and a version in the state ready."""

import asyncio
from dataclasses import replace

from maas.domain.catalog.versions import Artifact, Signature, Tensor
from maas.domain.identity.principals import validator
from maas.domain.ids import new_id
from maas.domain.uploads.sessions import UploadStart, storage_key
from tests.fakes.registry import FakeRegistry
from tests.support.http_gateway import Gateway, person

IRIS = {"name": "Iris", "framework": "onnx", "tags": ["Demo"], "metadata": {"team": "ml"}, "description": "Flowers."}
SHA256 = "ab" * 32
ARTIFACT = Artifact(
    storage_key="that of the upload",
    size=1234,
    sha256=SHA256,
    signature=Signature((Tensor("X", "float", (-1, 4)),), (Tensor("label", "int64", (-1,)),)),
)


async def upload(registry: FakeRegistry, model_id: str, version: str) -> None:
    """Moves a draft to ready, as the uploads function and the validator do."""
    by, upload_id = person(), new_id()
    started = await registry.start_upload(
        by,
        UploadStart(
            upload_id=upload_id,
            model_id=model_id,
            version=version,
            filename="iris.onnx",
            size=ARTIFACT.size,
            sha256=SHA256,
            part_size=8 * 1024 * 1024,
            storage_key=storage_key(by.tenant_id, model_id, version, upload_id),
            storage_upload_id="s3-upload",
        ),
    )
    await registry.complete_upload(by, upload_id, SHA256)
    found = replace(ARTIFACT, storage_key=started.storage_key)
    await registry.record_validation(validator(by.tenant_id), upload_id, found)


def make_ready(api: Gateway, registry: FakeRegistry, versions: str, version: str) -> None:
    assert api("POST", versions, {"version": version}).status == 201
    asyncio.get_event_loop().run_until_complete(upload(registry, versions.split("/")[4], version))
