"""Credentials that a client has put into a path by mistake are not written to the request log."""

import re

# The pattern of maas.platform.masking: the gateway runs without the application's modules. A test compares them.
SECRET = re.compile(r"(?<=maas_)[0-9A-Za-z_]{40,}|(?<=\.)[0-9A-Za-z_-]{40,}")


def masked(line: str) -> str:
    return SECRET.sub("***", line)
