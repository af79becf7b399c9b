"""Registration, login and logout."""

import httpx2

from maas_client.answers import ExchangedToken, KeySet, User
from maas_client.http.api import Api, parsed
from maas_client.http.calls import Call, given, path
from maas_client.http.exchange import exchange_call
from maas_client.http.sessions import Grant, GrantStore, SessionCredential
from maas_client.profiles.kept import KeptLogin
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
        verification: str | None = None,
        timeout: float | None = None,
    ) -> User | None:
        """Creates an account, in a new organization or in the one that has sent the invitation.

        Returns None if the service wants to know first whose the address is. Then it mails a token, which is the
        `verification` of a second call.
        """
        body = given(email=email, password=password, name=name, organization=organization)
        body |= given(invitation=invitation, verification=verification)
        call = Call("POST", path("auth", "register"), body=body, authenticated=False, timeout=timeout)
        answer = await self._api.send(call)
        return None if answer.status_code == httpx2.codes.ACCEPTED else parsed(answer, User)

    async def request_verification(self, email: str, *, timeout: float | None = None) -> None:
        """Asks for a mail with a token that shows whose the address is."""
        body, where = {"email": email}, path("auth", "email", "verification")
        await self._api.send(Call("POST", where, body=body, authenticated=False, timeout=timeout))

    async def verify_email(self, token: str, password: str, *, timeout: float | None = None) -> None:
        """Verifies the address of an account with the token of a mail and the account's password."""
        body, where = {"token": token, "password": password}, path("auth", "email", "verify")
        await self._api.send(Call("POST", where, body=body, authenticated=False, repeatable=True, timeout=timeout))

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
        """Ends the session, here and in the server. A login of `maas auth login` that the client uses ends too."""
        credential = self._api.sender.credential
        if isinstance(credential, KeptLogin):
            credential = credential.found()
        store = credential.store if isinstance(credential, SessionCredential) else self._store
        async with store.lock():
            grant = store.load()
            store.save(None)
        if isinstance(credential, SessionCredential):
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

    async def exchange(
        self,
        id_token: str,
        *,
        organization: str | None = None,
        scope: str | None = None,
        timeout: float | None = None,
    ) -> ExchangedToken:
        """Exchanges an ID token of a trusted issuer for an access token, and returns it. Raises TokenNotTrusted.

        `organization` is its id; it may be left out if the token is for `maas:` and this id. `scope` has scopes,
        separated by spaces. A client with a `token_provider` exchanges by itself.
        """
        return await self._api.call(exchange_call(id_token, organization, scope, timeout), ExchangedToken)

    async def keys(self, *, timeout: float | None = None) -> KeySet:
        """Returns the public keys by which access tokens and heads of audit logs are signed (Ed25519)."""
        return await self._api.call(Call("GET", "/.well-known/jwks.json", authenticated=False, timeout=timeout), KeySet)
