"""`folder.json`: which schema and stores a data folder has, and what its stack used last time."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.errors import NewerSchemaError, StackError

SCHEMA = 1
NAME = "folder.json"


@dataclass(slots=True)
class Manifest:
    """The content of `folder.json`.

    `stores` are the kinds of store that wrote the data, by part; `ports` those that the parts get if they are free.
    `user` has the e-mail address and the password of the printed user. `secret_key` is the secret of the S3 server's
    root user. `used` is set once every store has its files.
    """

    schema: int = SCHEMA
    stores: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    user: dict[str, str] = field(default_factory=dict)
    secret_key: str = field(default_factory=lambda: secrets.token_hex(20))
    used: bool = False

    @classmethod
    def read(cls, file: Path) -> "Manifest":
        """Reads the file of this or an older schema.

        Raises:
            StackError: the file is damaged, or of a newer schema.
        """
        try:
            content = json.loads(file.read_text())
            schema = int(content["schema"])
            if schema <= SCHEMA:
                return _migrated(content)
        except (ValueError, KeyError, TypeError) as error:
            raise StackError(f"{file} is damaged: restore the folder from a backup, or use another one") from error
        advice = "run the newer MaaS that made it, or use another folder"
        raise NewerSchemaError(file.parent, schema, SCHEMA, advice)

    def forget_stores(self) -> None:
        """Takes the stores for new ones, and the printed user for one that is not registered yet."""
        self.used = False
        self.user.pop("tenant_id", None)

    def write(self, file: Path) -> None:
        """Replaces the file. It contains a password, so only its owner can read it."""
        write_atomically(file, json.dumps(asdict(self), indent=2))


def _migrated(content: dict[str, Any]) -> Manifest:
    """Returns the manifest. A later schema adds here what an older one lacks."""
    manifest = Manifest(**content)
    for value, kind in ((manifest.stores, str), (manifest.ports, int), (manifest.user, str)):
        if not all(isinstance(item, kind) for item in value.values()):
            raise TypeError(value)
    return manifest


def write_atomically(file: Path, text: str) -> None:
    """Writes the file so that readers, and a machine that loses power, never see a part of it."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    with temporary.open("w") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    temporary.replace(file)
