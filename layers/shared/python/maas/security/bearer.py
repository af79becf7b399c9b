"""Bearer credentials (RFC 6750) in an Authorization header or in gRPC metadata."""


def bearer_token(authorization: str) -> str:
    """The token of a Bearer credential; empty if there is none. The scheme is case-insensitive (RFC 9110, 11.1)."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
