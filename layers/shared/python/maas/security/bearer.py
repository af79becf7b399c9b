"""Bearer credentials (RFC 6750) in an Authorization header or in gRPC metadata."""

import re

# One space, and visible ASCII without a space. The scheme is case-insensitive (RFC 9110, 11.1).
_CREDENTIAL = re.compile(r"bearer ([!-~]+)", re.IGNORECASE | re.ASCII)


def bearer_token(authorization: str) -> str:
    """The token of a Bearer credential; empty if there is none. A token is taken as it is, so it has one spelling."""
    found = _CREDENTIAL.fullmatch(authorization)
    return found[1] if found else ""
