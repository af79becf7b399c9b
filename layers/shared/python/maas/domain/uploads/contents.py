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


@dataclass(frozen=True, slots=True)
class Repairs:
    """The result of a step through all versions, which goes on at `after` unless it is empty.

    `expired` uploads were ended because their time was over, and `repaired` versions waited for nothing.
    """

    after: str = ""
    checked: int = 0
    expired: int = 0
    repaired: int = 0
