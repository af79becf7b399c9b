"""Habits shared by every body of the public API."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A request body: unknown fields are an error, and nothing is coerced ("1" is no number, 1 no string)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    """A response body. Clients must ignore fields they do not know."""

    model_config = ConfigDict(frozen=True)
