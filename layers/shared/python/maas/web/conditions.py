"""Conditional requests (RFC 9110, section 13). The entity tag of a record is its revision."""

import re
from typing import Annotated

from fastapi import Depends, Header

from maas.domain.errors import FieldError, InvalidInput, PreconditionRequired, RevisionMismatch, Rule

# Any entity tag, and the tags that `etag` makes: 18 digits fit into 64 bits.
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
_REVISION = re.compile(r'"([1-9][0-9]{0,17})"')

IfNoneMatch = Annotated[str | None, Header()]


def etag(revision: int) -> str:
    return f'"{revision}"'


async def _expected_revision(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The revision that If-Match demands. Returns None without the header and for `*`, which accept any revision.

    Raises:
        InvalidInput: the header is not one entity tag.
        RevisionMismatch: no revision has this tag, because it is weak (RFC 9110, 13.1.1) or not made by `etag`.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip()
    if not _TAG.fullmatch(tag):
        raise InvalidInput.of("if-match", Rule.ETAG, 'must be * or one entity tag in quotes, such as "3"')
    revision = _REVISION.fullmatch(tag)
    if not revision:
        unknown = FieldError("if-match", Rule.ETAG, "no revision has this entity tag")
        raise RevisionMismatch(f"{unknown.field}: {unknown.message}", [unknown])
    return int(revision[1])


ExpectedRevision = Annotated[int | None, Depends(_expected_revision)]


async def _required_revision(
    expected: ExpectedRevision, if_match: Annotated[str | None, Header()] = None
) -> int | None:
    """The revision that If-Match demands, for a change that would overwrite values its caller may not have read.

    Raises:
        PreconditionRequired: the header is missing.
    """
    if if_match is None:
        raise PreconditionRequired.of(
            "if-match", 'is required: the entity tag of the record that was read, such as "3", or *'
        )
    return expected


RequiredRevision = Annotated[int | None, Depends(_required_revision)]


def unchanged(if_none_match: str | None, revision: int) -> bool:
    """Returns whether If-None-Match names this revision."""
    return names_tag(if_none_match, etag(revision))


def names_tag(if_none_match: str | None, tag: str) -> bool:
    """Returns whether If-None-Match names this tag, by the weak comparison that RFC 9110, 13.1.2 requires."""
    if if_none_match is None:
        return False
    tags = {each.removeprefix("W/") for each in _TAG.findall(if_none_match)}
    return if_none_match.strip() == "*" or tag.removeprefix("W/") in tags
