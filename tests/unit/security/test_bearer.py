import pytest

from maas.security.bearer import bearer_token


@pytest.mark.parametrize("authorization", ["Bearer abc", "bearer abc", "BEARER abc", "  Bearer   abc "])
def test_the_scheme_is_case_insensitive(authorization: str) -> None:
    assert bearer_token(authorization) == "abc"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "abc", "Basic abc", "Bearerabc"])
def test_a_header_without_a_bearer_token_gives_an_empty_text(authorization: str) -> None:
    assert bearer_token(authorization) == ""
