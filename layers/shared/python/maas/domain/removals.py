"""Removals of files that a committed change may have left without a use (docs/decisions/0054)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A place in the store to look through. The empty `version` means all of a model that is deleted.

    `captured` means inputs of its predictions instead, which its owner wants to have stored no more.
    `since` is the time of the change in Unix seconds. Keys up to `after` have been looked at already, and up to
    `known_after` those of files whose content is known.
    """

    tenant_id: str
    model_id: str
    version: str = ""
    upload_id: str = ""
    since: int
    after: str = ""
    known_after: str = ""
    captured: bool = False

    @property
    def begins_a_model(self) -> bool:
        """Whether it is the first message about all of a model."""
        return not (self.version or self.upload_id or self.after or self.known_after or self.captured)

    @property
    def prefix(self) -> str:
        """The prefix of the keys of the place; see maas.domain.uploads.sessions.storage_key."""
        folders = ("models", self.tenant_id, self.model_id, *([self.version] if self.version else []))
        return "/".join((*folders, self.upload_id))

    def message(self) -> dict[str, Any]:
        """The fields, without `captured` where it is false: a remover of an earlier release refuses it."""
        fields = asdict(self)
        return fields if self.captured else {name: value for name, value in fields.items() if name != "captured"}


def removal_after(event: Mapping[str, Any]) -> Removal | None:
    """The removal that an event of the outbox asks for; None if the event takes the use from no file."""
    before, after = event["before"] or {}, event["after"] or {}
    captured = bool(before.get("capture")) and not after.get("capture")
    match event["type"], after.get("state"):
        case "ModelUpdated", _ if captured:
            version, upload_id = "", ""
        case "ModelDeleted", _:
            version, upload_id = "", ""
        case "VersionDeleted", _:
            version, upload_id = before["version"], before.get("upload_id") or ""
        case "VersionStateChanged", "failed":
            version, upload_id = after["version"], ""
        case "UploadAborted", _:
            version, upload_id = after["version"], after["upload_id"]
        case _:
            return None
    since = int(datetime.fromisoformat(event["time"]).timestamp())
    return Removal(
        tenant_id=event["tenant_id"],
        model_id=event["model_id"],
        version=version,
        upload_id=upload_id,
        since=since,
        captured=event["type"] == "ModelUpdated",
    )


def upload_of(key: str) -> tuple[str, str]:
    """The key of a file and the id of its upload, for the key of the file or of an object beside it.

    The only file of an upload has the upload's id as its name; the files of a set are in a folder with that name.
    """
    folder, _, name = key.rpartition("/")
    file = f"{folder}/{name.partition('.')[0]}"
    return file, file.split("/")[4] if file.count("/") >= 4 else ""


def place_of(key: str, since: int) -> Removal:
    """The removal of the files of the upload that has the file under this key."""
    _, tenant_id, model_id, version, upload_id, *_ = upload_of(key)[0].split("/")
    return Removal(tenant_id=tenant_id, model_id=model_id, version=version, upload_id=upload_id, since=since)
