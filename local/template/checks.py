"""Checks of properties in the template, each with its place in the error."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.errors import TemplateError


@contextlib.contextmanager
def shape_errors(where: str) -> Iterator[None]:
    """Turns errors of a wrong shape (a list for a mapping, a word for a number) into TemplateError."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TemplateError(where, f"is not of the expected shape ({error})") from error


def reject_unknown(properties: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Raises TemplateError for the first property that is not in `known`, so that none is ignored silently."""
    for name in properties:
        if name not in known:
            raise TemplateError(f"{where}.{name}", "the local stack does not support this property")


def required(properties: Mapping[str, Any], name: str, where: str) -> Any:
    """Returns the property's value. Raises TemplateError if it is missing."""
    if name not in properties:
        raise TemplateError(where, f"{name} is missing")
    return properties[name]


def as_text(value: Any) -> str:
    """The value in the form in which CloudFormation passes it to a program."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_texts(variables: Mapping[str, Any]) -> dict[str, str]:
    """Environment variables with their values in the form in which CloudFormation passes them."""
    return {name: as_text(value) for name, value in variables.items()}
