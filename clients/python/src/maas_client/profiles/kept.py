"""The login that `maas auth login` keeps, as the credential of a client that was given none."""

from maas_client import errors as e
from maas_client.http.credentials import ApiKeyCredential, Credential
from maas_client.http.sender import Sender
from maas_client.http.sessions import SessionCredential
from maas_client.profiles.logins import login_of
from maas_client.profiles.settings import Settings


class KeptLogin:
    """The kept login of the profile in use, if it is for this address. Nothing is read before the first request."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._found: Credential | None = None

    def __repr__(self) -> str:
        return f"KeptLogin({self._url!r})"

    async def token(self, sender: Sender) -> str:
        return await self.found().token(sender)

    async def renewed(self, sender: Sender, refused: str) -> bool:
        return await self.found().renewed(sender, refused)

    def found(self) -> Credential:
        """Returns the session or the API key. Raises NoCredential."""
        self._found = self._found or self._read()
        return self._found

    def _read(self) -> Credential:
        login = login_of(Settings.read(None, self._url))
        if key := login.api_key:
            return ApiKeyCredential(key)
        if login.load() is None:
            raise e.NoCredential(self._url)
        return SessionCredential(login)
