"""Errors whose fields get the names of another caller."""

import pytest

from maas.domain.errors import FieldError, InvalidInput, NotFound, PreconditionRequired, Rule


@pytest.mark.parametrize(
    ("field", "renamed"),
    [
        ("tags", "tag"),
        ("tags[2]", "tag[2]"),
        ("tags.deep.tags", "tag.deep.tags"),
        ("tagsy", "tagsy"),
        ("tag", "tag"),
        ("owner_id", "owner_id"),
        ("", ""),
    ],
)
def test_a_field_is_renamed_with_its_items_and_members(field: str, renamed: str) -> None:
    error = InvalidInput.of(field, Rule.TAG, "must be a tag").renamed({"tags": "tag"})
    assert (error.message, error.fields) == (
        f"{renamed}: must be a tag",
        (FieldError(renamed, Rule.TAG, "must be a tag"),),
    )


def test_a_renamed_error_keeps_its_type_and_all_else_it_says() -> None:
    missing = NotFound.of("ref", "version", "1.0.0").renamed({"ref": "from"})
    assert (type(missing), missing.message) == (NotFound, "version not found: 1.0.0")
    assert missing.fields == (FieldError("from", Rule.EXISTS, "no such version"),)
    required = PreconditionRequired.of("expected", "expected: say which").renamed({"expected": "if-match"})
    assert required.message == "if-match: expected: say which"


def test_each_of_several_fields_is_renamed() -> None:
    fields = [FieldError("old", Rule.TAG, "a"), FieldError("new", Rule.TAG, "b")]
    error = InvalidInput("new: b", fields).renamed({"old": "from", "new": "to"})
    assert (error.message, [each.field for each in error.fields]) == ("to: b", ["from", "to"])
