"""Bodies of the routes that verify addresses. Tokens are left out of every repr, so no log contains them."""

from pydantic import Field

from maas.contracts.base import Body


class VerificationBody(Body):
    email: str


class VerifyBody(Body):
    """`token` is that of the mail, and `password` the account's."""

    token: str = Field(repr=False)
    password: str = Field(repr=False)
