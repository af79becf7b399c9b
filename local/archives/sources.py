"""Opens what is backed up: the stack that runs on a data folder, or the stores of one that is stopped."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local import stores
from local.archives.place import Place, on_this_machine
from local.archives.snapshots import snapshot
from local.data import lock, manifest
from local.data.folder import read_ready
from local.data.manifest import Manifest
from local.errors import StackError
from local.servers.run_context import Options, RunContext
from local.template.document import Template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Source:
    """Stores that answer. `kind` is that of the table store if a stack may write to it, and else empty."""

    place: Place
    manifest: Manifest
    data: Path
    kind: str = ""
    credentials: dict[str, str] = dataclasses.field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def tables(self, scratch: Path) -> "AsyncIterator[DynamoDBClient]":
        """Yields a client that finds the tables as they were at one moment."""
        if self.kind:
            async with snapshot(self.data, self.kind, self.credentials, scratch) as client:
                yield client
        else:
            yield self.place.dynamodb


def refuse_other(data: Path) -> None:
    """Raises StackError if this is not a data folder, and PermissionError if it is another user's."""
    if not (data / manifest.NAME).exists():
        raise StackError(f"{data} is not a data folder of MaaS: --data DIR names another one")


@contextlib.asynccontextmanager
async def opened(data: Path) -> AsyncIterator[Source]:
    """Yields the source. A folder on which nothing runs is locked, and its stores are started.

    Raises:
        StackError: the folder's stack is just starting, or a store did not start.
    """
    if lock.holder(data) is None:
        async with started(Options(data=data)) as (context, place):
            yield Source(place, context.folder.manifest, data)
        return
    if (ready := read_ready(data)) is None:
        raise StackError(f"the stack on {data} is not ready yet: wait until ./local/status shows that it is")
    kept = Manifest.read(data / manifest.NAME)
    place = on_this_machine({**ready, "s3": ready["inside"]["s3"]})
    yield Source(place, kept, data, ready["table_store_kind"], ready["credentials"])


@contextlib.asynccontextmanager
async def started(options: Options) -> AsyncIterator[tuple[RunContext, Place]]:
    """Starts the stores of a data folder, without anything that would use them.

    Raises:
        StackError: the folder can't be used, or a store did not start.
    """
    context = RunContext(options)
    async with context.exit_stack:
        running = await stores.start(context)
        template = Template(options.template, {"Stage": "local", "AwsEndpoint": running.urls["aws"]})
        await asyncio.to_thread(stores.provision, context, template, running)
        names = stores.resource_names(template)
        yield context, on_this_machine({**running.urls, **names, "credentials": context.credentials})
