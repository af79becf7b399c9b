"""Rules for what is read from files that people may have edited."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

STRICT = ConfigDict(strict=True, extra="forbid")
# The files of each kind of table store, and the kinds of S3 stores.
MOTO = "aws/state.db"
TABLES = {"dynoxide": "tables/tables.db", "dynamodb-local": "tables/shared-local-instance.db", "moto": MOTO}
KINDS = {"tables": tuple(TABLES), "s3": ("minio", "moto")}


def _known(stores: dict[str, str]) -> dict[str, str]:
    for part, kind in stores.items():
        if kind not in KINDS.get(part, ()):
            raise ValueError(kind)
    return stores


def _whole(user: dict[str, str]) -> dict[str, str]:
    if user and not {"email", "password"} <= user.keys():
        raise ValueError("email and password")
    return user


Stores = Annotated[dict[str, str], AfterValidator(_known)]
User = Annotated[dict[str, str], AfterValidator(_whole)]  # empty before the first start has ended
Schema = Annotated[int, Field(ge=1)]
Port = Annotated[int, Field(ge=1, le=65535)]


def place(error: Exception) -> str:
    """Where in the file the error is, such as " at ports.gateway"; empty if the file has no such places."""
    if not isinstance(error, ValidationError):
        return ""
    return f" at {'.'.join(map(str, error.errors()[0]['loc']))}"
