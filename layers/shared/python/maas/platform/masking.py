"""Secrets that a caller has put where they get into a log, such as into a path, are not written there."""

import re

MASK = "***"
# API keys, and what follows a dot in the other credentials: the secret of an invitation or a refresh token, and the
# payload and the signature of an access token.
SECRET = re.compile(r"(?<=maas_)[0-9A-Za-z_]{40,}|(?<=\.)[0-9A-Za-z_-]{40,}")


def masked(text: str) -> str:
    """The text without the secrets of API keys and tokens."""
    return SECRET.sub(MASK, text)
