"""Names of models, and what a text that is an id or a name means."""

import pytest

from maas.domain.catalog.model_names import ModelName, model_name, parse_model, unknown_model
from maas.domain.errors import InvalidInput, Rule
from maas.domain.ids import new_id

OWNER = "019abcde-0000-7000-8000-000000000001"
HEX = "0123456789abcdef" * 2
# 32 Arabic digits of which uuid.UUID makes a number, with a joiner that names are compared without.
JOINED_DIGITS = "\u0661" * 31 + "\u200c" + "\u0661"


@pytest.mark.parametrize(
    "name", ["iris", "a/b", "models", "...", "a/..", "%2F", "50%", "owner/iris", "日本語", "x" * 128, HEX[1:]]
)
def test_any_text_but_an_id_is_a_name(name: str) -> None:
    assert model_name(name) == name
    assert parse_model(name, "acme") == ModelName("acme", name.lower())


@pytest.mark.parametrize(
    "name",
    [
        OWNER,
        OWNER.upper(),
        HEX,
        f"urn:uuid:{OWNER}",
        f"{{{OWNER}}}",
        f"{OWNER}/iris",
        f"{OWNER}/",
        f"{HEX}/a/b",
        ".",
        "..",
    ],
)
def test_a_name_that_could_be_taken_for_an_id_or_a_folder_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        model_name(name)
    assert [(error.field, error.rule) for error in caught.value.fields] == [("name", Rule.RESERVED)]


def test_a_name_is_no_id_without_its_joiners_either() -> None:
    assert parse_model("\u0661" * 32, "acme") == "11111111-1111-1111-1111-111111111111"
    with pytest.raises(InvalidInput):
        model_name(JOINED_DIGITS)


@pytest.mark.parametrize("text", [OWNER, OWNER.upper(), OWNER.replace("-", ""), f"urn:uuid:{OWNER}"])
def test_an_id_is_an_id_however_it_is_written(text: str) -> None:
    assert parse_model(text, "acme") == OWNER


@pytest.mark.parametrize("text", ["IRIS\u00e9", "iris\u0065\u0301", "Iris\u00c9"])
def test_a_name_means_every_spelling_of_it(text: str) -> None:
    assert parse_model(text, "acme") == ModelName("acme", "iris\u00e9")


def test_wide_spaces_are_read_as_the_stored_name_has_them() -> None:
    assert parse_model("my\u00a0\u2003model", "acme") == ModelName("acme", "my model")


def test_an_owner_is_an_organization_s_id_before_the_first_slash() -> None:
    assert parse_model(f"{OWNER.upper()}/Team/Iris", "acme") == ModelName(OWNER, "team/iris")
    assert parse_model("other/iris", "acme") == ModelName("acme", "other/iris")


@pytest.mark.parametrize(
    "text", ["", " iris", "a\x00", "x" * 129, "x" * 512, f"{OWNER}/", f"{OWNER}/ ", "a\u200bb", "\ud800"]
)
def test_a_text_that_no_name_can_be_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_model(text, "acme")


def test_the_stand_in_of_an_unknown_name_is_no_id() -> None:
    assert isinstance(parse_model(ModelName(new_id(), "iris").no_id, "acme"), ModelName)


@pytest.mark.parametrize("text", ["me@example.com/iris", "team/iris", "/iris", "x/" * 500])
def test_an_unknown_model_with_an_owner_that_is_no_id_is_told_what_an_owner_is(text: str) -> None:
    error = unknown_model(text)
    assert error.message == f"model not found: {text[:64]}; an owner before a slash is an organization's id"
    assert [(each.field, each.rule) for each in error.fields] == [("model_id", Rule.EXISTS)]


@pytest.mark.parametrize("text", ["iris", OWNER, f"{OWNER}/iris", f"{OWNER.upper()}/team/iris"])
def test_another_unknown_model_is_told_by_its_text_alone(text: str) -> None:
    assert unknown_model(text).message == f"model not found: {text[:64]}"
