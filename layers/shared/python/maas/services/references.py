"""References that a caller knows by a name of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from maas.domain.errors import InvalidInput, NotFound


@contextmanager
def named(field: str) -> Iterator[None]:
    """What the registry says of `ref` is said of `field`, which is what the caller knows it by."""
    try:
        yield
    except (InvalidInput, NotFound) as error:
        fields = [replace(each, field=field) if each.field == "ref" else each for each in error.fields]
        message = error.message
        if message.startswith("ref: "):
            message = f"{field}: {message.removeprefix('ref: ')}"
        raise type(error)(message, fields) from None
