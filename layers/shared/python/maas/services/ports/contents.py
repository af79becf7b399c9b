"""Contents that an organization has, as the registry knows them. Every method raises Unavailable."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.identity.principals import Principal
from maas.domain.uploads.contents import Content, FileEntry, Repairs
from maas.domain.uploads.sessions import Upload


class ContentRegistry(Protocol):
    """Contents by digest, for uploads, and for the remover of files."""

    async def find_contents(self, by: Principal, model_id: str, digests: Sequence[str]) -> list[Content]:
        """The contents with these digests that uploads of the caller to the model may use.

        A caller of another organization, or with rights on single models alone, gets none.
        Raises InvalidInput, NotFound, PermissionDenied.
        """
        ...

    async def reuse_contents(self, by: Principal, upload_id: str, paths: Sequence[str]) -> Upload:
        """Lets the open upload use contents for its files at these paths; idempotent.

        The path of an only file is its name.
        The caller of this method has seen that its client has the files. A file whose content is condemned or gone
        meanwhile stays as it is.
        Raises InvalidInput, NotFound, PermissionDenied, WrongState (the upload is not open).
        """
        ...

    async def known_files(self, by: Principal, prefix: str, *, limit: int, after: str = "") -> list[FileEntry]:
        """At most `limit` files of known content whose keys begin with `prefix`, behind the key `after`, by key.

        Raises PermissionDenied: the caller is not the remover.
        """
        ...

    async def condemn_files(self, by: Principal, keys: Sequence[str]) -> list[str]:
        """Returns those of the files that other uploads use. No upload can come to use the others any more.

        Raises PermissionDenied: the caller is not the remover.
        """
        ...

    async def forget_files(self, by: Principal, keys: Sequence[str]) -> None:
        """Removes what is known of files that are gone, and uses of contents by uploads that have ended; idempotent.

        Raises PermissionDenied: the caller is not the remover.
        """
        ...

    async def repair_uploads(self, by: Principal, *, after: str, limit: int) -> Repairs:
        """Looks at versions of all organizations: ends uploads whose time is over, and repairs what waits for nothing.

        Raises PermissionDenied: the caller is not the remover.
        """
        ...
