"""The ports of inference in memory."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from maas.domain.catalog.version_changes import NewVersion
from maas.domain.catalog.versions import Artifact, Signature, Tensor
from maas.domain.errors import TimedOut
from maas.domain.identity.principals import Principal, validator
from maas.domain.inference.outputs import TOO_LONG, Form, Output, Wanted
from maas.domain.inference.packing import packed
from maas.domain.inference.tensors import Feed
from maas.services.ports.registry import Registry
from tests.support.registry_server import make_model, make_upload

Compute = Callable[[Feed], Mapping[str, Any]]


def artifact_of(content: bytes, signature: Signature) -> Artifact:
    """Returns the artifact of a file with this content."""
    sha256 = hashlib.sha256(content).hexdigest()
    return Artifact(storage_key=f"models/{sha256}", size=len(content), sha256=sha256, signature=signature)


LARGER_COLUMN = Signature((Tensor("x", "float", (-1, 2)),), (Tensor("label", "int64", (-1,)),))
LARGER_COLUMN_FILE = artifact_of(b"larger column", LARGER_COLUMN)


def larger_column(feed: Feed) -> Mapping[str, Any]:
    """Returns the index of the larger of two numbers for each row."""
    numbers = feed.values[0].elements
    return {"label": [int(b > a) for a, b in zip(numbers[::2], numbers[1::2], strict=True)]}


async def model_with_file(
    registry: Registry,
    by: Principal,
    metadata: Mapping[str, Any],
    artifact: Artifact = LARGER_COLUMN_FILE,
) -> str:
    """Creates a model whose version 1.0.0 is ready with `artifact`, and returns its id."""
    model = await make_model(registry, by)
    await registry.create_version(by, model.id, NewVersion(version="1.0.0", metadata=metadata))
    upload = await make_upload(registry, by, model, size=artifact.size)
    await registry.complete_upload(by, upload.id, artifact.sha256)
    found = replace(artifact, storage_key=upload.storage_key)
    await registry.record_validation(validator(by.tenant_id), upload.id, found)
    return model.id


def written(values: Any, wanted: Wanted) -> Output:
    """Returns the output with these nested lists in the form that is wanted."""
    dtype, shape, level = wanted.tensor.dtype, [], [values]
    while level and isinstance(level[0], list):
        shape.append(len(level[0]))
        level = list(chain.from_iterable(level))
    if wanted.form is Form.RAW:
        return Output(packed(dtype, level), tuple(shape), dtype)
    return Output(Output.of(values if wanted.form is Form.NESTED else level).content, tuple(shape), dtype)


class FakeRuntime:
    """Runs `compute` instead of any file.

    A run whose `delay` in seconds is longer than its limit times out. `runs` counts the calls. `loaded` has digests.
    A run waits for the event `held` if there is one.
    """

    def __init__(self, compute: Compute, delay: Callable[[Feed], float] | float = 0) -> None:
        self.compute = compute
        self.delay = delay
        self.runs, self.is_blocking = 0, False
        self.loaded: set[str] = set()
        self.held: asyncio.Event | None = None

    async def run(
        self, artifact: Artifact, feed: Feed, seconds: float, wanted: Sequence[Wanted]
    ) -> Mapping[str, Output]:
        self.runs += 1
        if (self.delay(feed) if callable(self.delay) else self.delay) > seconds:
            raise TimedOut(TOO_LONG)
        if self.held:
            await self.held.wait()
        computed = self.compute(feed)
        return {each.name: written(computed[each.name], each) for each in wanted}

    def blocks(self, artifact: Artifact) -> bool:
        return self.is_blocking

    async def load(self, artifact: Artifact, seconds: float) -> None:
        if not callable(self.delay) and self.delay > seconds:
            raise TimedOut(TOO_LONG)
        self.loaded.add(artifact.sha256)


class FakeResultCache:
    """A dictionary. While `broken`, reads miss and writes are dropped, as without Redis."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.broken = False

    def get(self, key: str) -> bytes | None:
        return None if self.broken else self.values.get(key)

    def put(self, key: str, value: bytes) -> None:
        if not self.broken:
            self.values[key] = value
