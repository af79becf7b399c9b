"""Bodies of the routes for a forgotten password."""

from pydantic import Field

from maas.contracts.base import Body


class ForgotBody(Body):
    email: str


class ResetBody(Body):
    """`token` is that of the mail."""

    token: str = Field(repr=False)
    password: str = Field(repr=False)
