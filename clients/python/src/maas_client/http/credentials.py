"""Credentials: sources of bearer tokens. None of them shows its secret in a repr."""

from typing import Protocol

from maas_client.http.sender import Sender


class Credential(Protocol):
    """A source of bearer tokens."""

    async def token(self, sender: Sender) -> str:
        """Returns a token that is valid now, as far as this side knows."""
        ...

    async def renewed(self, sender: Sender, refused: str) -> bool:
        """Returns whether there is another token, after the server refused this one."""
        ...


class ApiKeyCredential:
    """An API key: it never changes."""

    def __init__(self, key: str) -> None:
        self._key = key.strip()  # a file or a variable often ends with a line's end

    def __repr__(self) -> str:
        return f"ApiKeyCredential({'_'.join(self._key.split('_')[:2])}_…)"

    async def token(self, sender: Sender) -> str:  # noqa: ARG002 - the protocol's signature
        return self._key

    async def renewed(self, sender: Sender, refused: str) -> bool:  # noqa: ARG002
        return False
