"""The contents that the random operations of stored_world.py send, of two sizes with two contents each."""

import hashlib

from maas.domain.uploads.sessions import Upload
from tests.fakes.contents import MemoryContents

CONTENTS = {hashlib.sha256(text).hexdigest(): text for text in (b"content %d" % n for n in (1, 2, 10, 20))}
SIZES = frozenset(len(text) for text in CONTENTS.values())


def digest_of(upload: Upload) -> str:
    """The digest of the file of an upload: the declared one, or one of its size that its id decides."""
    fitting = [digest for digest, text in CONTENTS.items() if len(text) == upload.size]
    return upload.sha256 or fitting[int(upload.id[-1], 16) % len(fitting)]


def known_sizes(contents: MemoryContents, tenant_id: str) -> set[int]:
    """The sizes of the contents that an organization has, by the entries of their files."""
    entries = contents.notes.values()
    return {len(CONTENTS[entry.sha256]) for entry in entries if entry.tenant_id == tenant_id}
