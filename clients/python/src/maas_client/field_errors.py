"""A part of a problem: one field and its rule."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """A field that breaks a rule; `rule` is one of the codes of docs/api/errors.md."""

    field: str
    rule: str
    message: str
