"""The empty file."""

from maas.adapters.formats.findings import Found
from maas.adapters.formats.refusals import RefusedError
from maas.adapters.formats.source import Source


def read(_file: Source) -> Found:
    """Refuses the file."""
    raise RefusedError("the file is empty")
