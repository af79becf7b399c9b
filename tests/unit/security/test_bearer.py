import pytest

from maas.security.bearer import bearer_token


@pytest.mark.parametrize("authorization", ["Bearer a.b-c_d", "bearer a.b-c_d", "BEARER a.b-c_d"])
def test_the_scheme_is_case_insensitive(authorization: str) -> None:
    assert bearer_token(authorization) == "a.b-c_d"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "abc", "Basic abc", "Bearerabc"])
def test_a_header_without_a_bearer_token_gives_an_empty_text(authorization: str) -> None:
    assert bearer_token(authorization) == ""


@pytest.mark.parametrize(
    "authorization",
    [
        " Bearer abc",
        "Bearer abc ",
        "Bearer  abc",
        "Bearer\tabc",
        "Bearer abc\n",
        "Bearer abc\u00a0",
        "Bearer \u200babc",
        "Bearer abc, Bearer def",
        "Bearer abc def",
        "Bearer \uff41bc",
        "\u212aBearer abc",
    ],
    ids=ascii,
)
def test_a_token_with_anything_around_it_is_none(authorization: str) -> None:
    assert bearer_token(authorization) == ""
