"""Conditions of the moves of an alias: its revision, and whether it exists."""

from typing import Annotated

from fastapi import Depends, Header

from maas.domain.catalog.aliases import Expectation
from maas.domain.errors import InvalidInput, Rule
from maas.web.conditions import ExpectedRevision


async def _expectation(
    revision: ExpectedRevision,
    if_match: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Expectation:
    """The state that If-Match and `If-None-Match: *` expect.

    Raises:
        InvalidInput: a header is malformed, If-None-Match is not `*`, or both headers are given.
        RevisionMismatch: no revision has the tag of If-Match.
    """
    if if_none_match is None:
        return Expectation(revision, None if if_match is None else True)
    if if_none_match.strip() != "*":
        raise InvalidInput.of("if-none-match", Rule.ETAG, "must be *, which creates and never overwrites")
    if if_match is not None:
        raise InvalidInput.of("if-none-match", Rule.EXCLUSIVE, "must not be given together with if-match")
    return Expectation(exists=False)


Expected = Annotated[Expectation, Depends(_expectation)]
