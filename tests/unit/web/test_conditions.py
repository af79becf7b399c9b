import pytest

from maas.web.conditions import etag, unchanged


@pytest.mark.parametrize("header", ['"3"', 'W/"3"', '"1", "3"', '"1",W/"3"', "*", " * "])
def test_if_none_match_with_the_revision_matches(header: str) -> None:
    assert unchanged(header, 3)


@pytest.mark.parametrize("header", [None, "", "3", '"33"', '"1", "2"', '"3', "'3'"])
def test_if_none_match_without_the_revision_does_not_match(header: str | None) -> None:
    assert not unchanged(header, 3)


def test_an_entity_tag_is_quoted() -> None:
    assert etag(12) == '"12"'
