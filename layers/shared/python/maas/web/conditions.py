"""Conditional requests (RFC 9110, 13): a revision is an entity tag."""

import re
from typing import Annotated

from fastapi import Depends, Header

from maas.domain.catalog.aliases import Expectation
from maas.domain.errors import FieldError, InvalidInput, PreconditionRequired, RevisionMismatch, Rule

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
_REVISION = re.compile(r'"([1-9][0-9]{0,17})"')

IfNoneMatch = Annotated[str | None, Header()]


def etag(revision: int) -> str:
    return f'"{revision}"'


async def _expected_revision(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """The revision that If-Match demands; None without the header, and for `*`: any will do.

    Raises:
        InvalidInput: it is not one entity tag.
        RevisionMismatch: it is one that no revision has: weak (RFC 9110, 13.1.1), or not of our making.
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
    """As above, for a change that would overwrite what its caller has not read: the header must be there."""
    if if_match is None:
        raise PreconditionRequired.of("if-match", 'must be there: the entity tag of what was read, such as "3", or *')
    return expected


RequiredRevision = Annotated[int | None, Depends(_required_revision)]


async def _expectation(
    revision: ExpectedRevision,
    if_match: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Expectation:
    """What If-Match and `If-None-Match: *` say together. Raises as above; InvalidInput for another If-None-Match."""
    if if_none_match is None:
        return Expectation(revision, None if if_match is None else True)
    if if_none_match.strip() != "*":
        raise InvalidInput.of("if-none-match", Rule.ETAG, "must be *, for what must not exist yet")
    if if_match is not None:
        raise InvalidInput.of("if-none-match", Rule.EXCLUSIVE, "must not be given together with if-match")
    return Expectation(exists=False)


Expected = Annotated[Expectation, Depends(_expectation)]


def unchanged(if_none_match: str | None, revision: int) -> bool:
    """Whether the caller already has this revision (weak comparison, as RFC 9110, 13.1.2 wants here)."""
    if if_none_match is None:
        return False
    tags = {tag.removeprefix("W/") for tag in _TAG.findall(if_none_match)}
    return if_none_match.strip() == "*" or etag(revision) in tags
