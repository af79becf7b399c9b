"""Content that an organization has: files that were checked, known by their SHA-256, and who uses them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A checked file of an organization. It is under the key of its first upload; `size` is in bytes."""

    tenant_id: str
    sha256: str
    size: int
    storage_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """The note that the file of an upload has this content.

    `key` is the file's own key, where the content was uploaded to, or would have been. `storage_key` is where it is.
    """

    tenant_id: str
    key: str
    sha256: str
    storage_key: str

    @property
    def is_reuse(self) -> bool:
        """Returns whether the file was never sent: it is another upload's."""
        return self.key != self.storage_key
