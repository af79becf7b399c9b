"""`folder.json`: which schema and stores a data folder has, and what its stack used last time."""

import json
import os
import secrets
from dataclasses import asdict, field
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from local.data.checked import STRICT, Port, Schema, Stores, User, place
from local.errors import NewerSchemaError, StackError

SCHEMA = 1
NAME = "folder.json"


@dataclass(slots=True, config=STRICT)
class Manifest:
    """The content of `folder.json`.

    `stores` are the kinds of store that wrote the data, by part; `ports` those that the parts get if they are free.
    `user` has the e-mail address and the password of the printed user. `secret_key` is the secret of the S3 server's
    root user. `used` is set once every store has its files.
    """

    schema: Schema = SCHEMA
    stores: Stores = field(default_factory=dict)
    ports: dict[str, Port] = field(default_factory=dict)
    user: User = field(default_factory=dict)
    secret_key: Annotated[str, Field(min_length=8)] = field(default_factory=lambda: secrets.token_hex(20))
    used: bool = False

    @classmethod
    def read(cls, file: Path) -> "Manifest":
        """Reads the file of this or an older schema.

        Raises:
            StackError: the file is damaged, or of a newer schema.
        """
        try:
            content = json.loads(file.read_text())
            schema = content["schema"]
            if type(schema) is not int or schema <= SCHEMA:
                return cls(**content)  # a later schema adds here what an older one lacks
        except (ValueError, KeyError, TypeError) as error:
            advice = "restore the folder from a backup, or use another one"
            raise StackError(f"{file} is damaged{place(error)}: {advice}") from error
        advice = "run the newer MaaS that made it, or use another folder"
        raise NewerSchemaError(file.parent, schema, SCHEMA, advice)

    def forget_stores(self) -> None:
        """Takes the stores for new ones, and the printed user for one that is not registered yet."""
        self.used = False
        self.user.pop("tenant_id", None)

    def write(self, file: Path) -> None:
        """Replaces the file. It contains a password, so only its owner can read it."""
        write_atomically(file, json.dumps(asdict(self), indent=2))


def write_atomically(file: Path, text: str) -> None:
    """Writes the file so that readers, and a machine that loses power, never see a part of it."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    with temporary.open("w") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    temporary.replace(file)
