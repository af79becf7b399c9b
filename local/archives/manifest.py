"""`manifest.json` of an archive: what is in it, with the size and SHA-256 of every entry."""

import json
import re
import tomllib
from dataclasses import asdict, field
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from local.data.checked import STRICT, Schema, Stores, User
from local.errors import NewerSchemaError
from local.paths import ROOT

SCHEMA = 1
NAME, DIGEST, SECRETS = "manifest.json", "manifest.sha256", "secrets.json"
# Nothing else is in an archive, and no entry is ever written to a path of its own choosing.
_ENTRY = re.compile(r"objects/[0-9]+|tables/[A-Za-z0-9]+\.jsonl|secrets\.json")


HEADERS = ("ContentType", "ContentEncoding", "Metadata")  # S3's names of what an object keeps besides its content
_Header = Annotated[str, Field(pattern=f"^({'|'.join(HEADERS)})$")]


@dataclass(frozen=True, slots=True, config=STRICT)
class Entry:
    """One entry. Of an object, `key` and `version` are those of the bucket that it is from; `headers` are for S3."""

    name: str
    size: Annotated[int, Field(ge=0)]
    sha256: str
    key: str = ""
    version: str = ""
    headers: dict[_Header, str | dict[str, str]] = field(default_factory=dict)


@dataclass(slots=True, config=STRICT)
class ArchiveManifest:
    """The content of `manifest.json`. `user` is the printed user, with its password.

    `lost` names files that the store did not have, could not read, or had with another content.
    """

    schema: Schema = SCHEMA
    release: str = ""
    created: str = ""
    stores: Stores = field(default_factory=dict)
    user: User = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @classmethod
    def new(cls, stores: dict[str, str], user: dict[str, str]) -> "ArchiveManifest":
        """The manifest of an archive that is made now by this release."""
        release = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
        return cls(release=release, created=now(), stores=stores, user=user)

    @classmethod
    def parse(cls, text: bytes) -> "ArchiveManifest":
        """Raises NewerSchemaError for a newer schema, and ValueError, KeyError or TypeError if the text is damaged."""
        values = json.loads(text)
        if type(schema := values["schema"]) is int and schema > SCHEMA:
            advice = f"restore it with MaaS {values.get('release')} or newer"
            raise NewerSchemaError("the archive", schema, SCHEMA, advice)
        entries = [Entry(**entry) for entry in values.pop("entries")]
        for entry in entries:
            if not _ENTRY.fullmatch(entry.name) or (entry.key and {"", ".", ".."} & {*entry.key.split("/")}):
                raise ValueError(entry.name)
        return cls(**values, entries=entries)

    def text(self) -> bytes:
        """The manifest as JSON."""
        return json.dumps(asdict(self), indent=1).encode()

    def objects(self) -> list[Entry]:
        """The entries of objects."""
        return [entry for entry in self.entries if entry.name.startswith("objects/")]

    def about(self) -> dict[str, Any]:
        """Returns the part that a user wants to know."""
        about = {"created": self.created, "release": self.release, "stores": self.stores, "lost": self.lost}
        return about | self.counts


def now() -> str:
    """The time, as archives write it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
