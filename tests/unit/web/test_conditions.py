import pytest

from maas.web.conditions import etag, unchanged


@pytest.mark.parametrize("header", ['"3"', 'W/"3"', '"1", "3"', '"1",W/"3"', "*", " * "])
def test_who_holds_the_revision_needs_no_copy(header: str) -> None:
    assert unchanged(header, 3)


@pytest.mark.parametrize("header", [None, "", "3", '"33"', '"1", "2"', '"3', "'3'"])
def test_who_holds_another_one_or_none_does(header: str | None) -> None:
    assert not unchanged(header, 3)


def test_an_entity_tag_is_quoted() -> None:
    assert etag(12) == '"12"'
