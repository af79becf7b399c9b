"""Objects in the bucket of a stack that nothing in its table names."""

from collections.abc import Iterator
from typing import Any

from local.archives.records import contents
from tests.support.stacks import RunningStack


def orphans(stack: RunningStack) -> set[str]:
    """The keys of objects that belong neither to a version nor to an upload that is still open."""
    items = list(_items(stack))
    open_uploads = {item["storage_key"]["S"] for item in items if item.get("state") == {"S": "open"}}
    named = {file.key for file in contents(lambda: items).files}
    return {key for key in _objects(stack) if key not in named and not key.startswith(tuple(open_uploads))}


def _items(stack: RunningStack) -> Iterator[Any]:
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.ready["tables"]["RegistryTable"], ConsistentRead=True):
        yield from page["Items"]


def _objects(stack: RunningStack) -> Iterator[str]:
    for page in stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=stack.ready["bucket"]):
        yield from (found["Key"] for found in page.get("Contents", ()))
