"""The port between the registry's services and its store of contents. DynamoDB implements it, and so do fakes."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.uploads.contents import Content, FileEntry


class Contents(Protocol):
    """The contents of organizations. Reads are strongly consistent. Every method may raise Unavailable.

    A content that is condemned is about to be removed: nothing finds or uses it any more.
    """

    async def contents(self, tenant_id: str, digests: Sequence[str]) -> list[Content]:
        """The contents with these digests that the organization has, in any order."""
        ...

    async def may_have_size(self, tenant_id: str, size: int) -> bool:
        """Returns whether the organization may have a content of `size` bytes, which may be condemned by now.

        False is certain. True may be wrong for some calls, while contents of earlier releases are gone through.
        """
        ...

    async def add(self, contents: Sequence[Content]) -> None:
        """Adds each content with the entry of its own file, unless there is one with its digest. Idempotent.

        Digests must differ. If the call breaks off, some of them may be there.
        """
        ...

    async def reuse(self, upload_id: str, entry: FileEntry) -> bool:
        """Adds an entry, and with it a use of the content. Idempotent.

        Returns False if the upload is not open any more, or the content is condemned or gone.
        """
        ...

    async def entries(self, prefix: str, *, limit: int, after: str = "") -> list[FileEntry]:
        """At most `limit` entries whose keys begin with `prefix`, behind the key `after`, in order.

        They are of all organizations, unless the prefix names one.
        """
        ...

    async def drop(self, entry: FileEntry) -> None:
        """Removes the entry of a reuse, and with it the use of the content. Idempotent."""
        ...

    async def condemn(self, key: str) -> bool:
        """Condemns the content under this key. Idempotent. Returns False if other uploads use it.

        Returns True also if there is no content under the key: then nobody can come to use it.
        """
        ...

    async def forget(self, key: str) -> None:
        """Removes the content under this key, whose file is gone, and its entry. Idempotent."""
        ...
