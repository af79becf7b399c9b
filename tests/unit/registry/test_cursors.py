import base64

import pytest

from functions.registry.cursors import decode, encode
from maas.domain.errors import InvalidInput


def test_a_cursor_gives_its_position_back_to_its_own_list() -> None:
    assert decode(encode("1.0.0-ä", "versions m"), "versions m") == "1.0.0-ä"


def test_the_first_and_the_last_page_have_an_empty_cursor() -> None:
    assert decode("", "any list") == ""
    assert encode("", "any list") == ""


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "A" * 16,
        "%%%",
        "ä",
        "A" * 100_000,
        base64.urlsafe_b64encode(b"\xff" * 30).decode(),
        encode("p", "other list"),
    ],
)
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput) as error:
        decode(cursor, "this list")
    assert error.value.fields[0].field == "cursor"
