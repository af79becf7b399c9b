"""Reads settings, and has those of the authorizer: each further class would cost its start half a millisecond."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")


class SettingsError(Exception):
    """A variable is missing or malformed. The message names all such variables."""


def env(name: str, **kwargs: Any) -> Any:
    """A dataclass field read from the variable `name`; required unless a default is given."""
    return field(metadata={"env": name}, **kwargs)


def read(kind: type[S], environ: Mapping[str, str] | None = None) -> S:
    """Reads every field of `kind` from `environ`, by default the process's environment.

    Raises:
        SettingsError: naming each variable that is missing or malformed.
    """
    source = os.environ if environ is None else environ
    values, problems = {}, []
    for item in fields(kind):
        try:
            values[item.name] = _value(item, source)
        except ValueError as error:
            problems.append(f"{item.metadata['env']} {error}")
    if problems:
        raise SettingsError("; ".join(problems))
    return kind(**values)


def _value(item: "Field[Any]", source: Mapping[str, str]) -> Any:
    text = source.get(item.metadata["env"])
    if item.default is MISSING and not text:
        raise ValueError("is not set")
    if text is None:
        return item.default
    if item.type is int:
        if not text.isdecimal():
            raise ValueError("is not a whole number")
        return int(text)
    return text


@dataclass(frozen=True)
class AwsSettings:
    """`endpoint` is the address of AWS's APIs but DynamoDB and S3; empty means AWS itself."""

    endpoint: str = env("MAAS_AWS_ENDPOINT", default="")


@dataclass(frozen=True)
class TokenSettings:
    """The secret from which the access tokens' key is derived."""

    secret: str = env("MAAS_TOKEN_SECRET")


@dataclass(frozen=True)
class IdentitySettings:
    """The table of organizations, users and sessions. `endpoint` is the address of DynamoDB; empty means AWS itself."""

    table: str = env("MAAS_IDENTITY_TABLE")
    endpoint: str = env("MAAS_TABLES_ENDPOINT", default="")
