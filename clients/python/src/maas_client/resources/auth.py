"""Registration, login and logout."""

from maas_client.answers import User
from maas_client.http.api import Api
from maas_client.http.calls import Call, given, path
from maas_client.http.sessions import Grant, GrantStore, SessionCredential
from maas_client.resources.base import Resource


class Auth(Resource):
    """Sessions of people. A login sets the client's credential."""

    def __init__(self, api: Api, store: GrantStore) -> None:
        super().__init__(api)
        self._store = store

    async def register(
        self,
        email: str,
        password: str,
        *,
        name: str | None = None,
        organization: str | None = None,
        invitation: str | None = None,
        timeout: float | None = None,
    ) -> User:
        """Creates an account, in a new organization or in the one that has sent the invitation."""
        body = given(email=email, password=password, name=name, organization=organization, invitation=invitation)
        call = Call("POST", path("auth", "register"), body=body, authenticated=False, timeout=timeout)
        return await self._api.call(call, User)

    async def login(
        self,
        email: str,
        password: str,
        *,
        scope: str | None = None,
        organization: str | None = None,
        timeout: float | None = None,
    ) -> User:
        """Begins a session and returns the caller. Raises InvalidCredentials, OrganizationRequired.

        The tokens are kept where the client keeps them, and never returned.
        """
        body = given(email=email, password=password, scope=scope, organization=organization)
        call = Call("POST", path("auth", "login"), body=body, authenticated=False, repeatable=True, timeout=timeout)
        grant = Grant.of(await self._api.send(call))
        async with self._store.lock():
            self._store.save(grant)
        self._api.sender.credential = SessionCredential(self._store)
        return await self._api.call(Call("GET", path("users", "me"), timeout=timeout), User)

    async def logout(self, *, timeout: float | None = None) -> None:
        """Ends the session, here and in the server."""
        async with self._store.lock():
            grant = self._store.load()
            self._store.save(None)
        if isinstance(self._api.sender.credential, SessionCredential):
            self._api.sender.credential = None
        if grant and grant.refresh:
            body = {"refresh_token": grant.refresh}
            call = Call(
                "POST", path("auth", "logout"), body=body, authenticated=False, repeatable=True, timeout=timeout
            )
            await self._api.send(call)

    async def forgot_password(self, email: str, *, timeout: float | None = None) -> None:
        """Asks for a mail with a token for a new password."""
        call = Call(
            "POST", path("auth", "password", "forgot"), body={"email": email}, authenticated=False, timeout=timeout
        )
        await self._api.send(call)

    async def reset_password(self, token: str, password: str, *, timeout: float | None = None) -> None:
        """Sets a new password with the token of a mail. All sessions end."""
        body = {"token": token, "password": password}
        call = Call("POST", path("auth", "password", "reset"), body=body, authenticated=False, timeout=timeout)
        await self._api.send(call)
