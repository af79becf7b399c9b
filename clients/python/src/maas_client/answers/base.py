"""The base of all answers of the API. Unknown fields are ignored, because a newer server may have more."""

import re
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

T = TypeVar("T")
_TIB = 1024**4


def _between(least: int, most: int) -> AfterValidator:
    def checked(value: int) -> int:
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most}")
        return value

    return AfterValidator(checked)


def _hexadecimal(pattern: str) -> AfterValidator:
    def checked(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError("must be hexadecimal, and as long as such texts are")
        return value

    return AfterValidator(checked)


# What becomes a path, an offset or a length here is checked: whoever answers may be another server.
Sha256 = Annotated[str, _hexadecimal("[0-9a-f]{64}")]
Nonce = Annotated[str, _hexadecimal("([0-9a-f]{2}){1,512}")]
Count = Annotated[int, _between(0, 2**63 - 1)]
Number = Annotated[int, _between(1, 2**31 - 1)]
# A time without a zone can't be compared with another one.
Moment = AwareDatetime
# Up to a hundred years, which can be added to any time of now.
Seconds = Annotated[int, _between(0, 100 * 366 * 86400)]
# The largest object and part of S3.
Size = Annotated[int, _between(0, 5 * _TIB)]
PartSize = Annotated[int, _between(1, 5 * _TIB // 1024)]


class Answer(BaseModel):
    """An answer of the API. It can't be changed."""

    # A schema is built when it is first needed: one command needs few of them.
    # A field may begin with `model_`: pydantic reserves that prefix by default.
    model_config = ConfigDict(
        frozen=True, extra="ignore", protected_namespaces=(), populate_by_name=True, defer_build=True
    )


class Page(Answer, Generic[T]):
    """One page of a list. `next_cursor` is None on the last page. `total` is None if the server does not count."""

    items: list[T]
    next_cursor: str | None = None
    total: int | None = None
