"""Made by tools/client_sync.py from maas_client/resources/auth.py: do not edit."""

from maas_client.answers import ExchangedToken, KeySet, User
from maas_client.portal import Portal
from maas_client.resources import auth as asynchronous


class Auth:
    """Sessions of people. A login sets the client's credential."""

    def __init__(self, portal: Portal, inner: asynchronous.Auth) -> None:
        self._portal, self._inner = portal, inner

    def register(
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
        return self._portal.run(
            self._inner.register,
            email,
            password,
            name=name,
            organization=organization,
            invitation=invitation,
            verification=verification,
            timeout=timeout,
        )

    def request_verification(self, email: str, *, timeout: float | None = None) -> None:
        """Asks for a mail with a token that shows whose the address is."""
        self._portal.run(self._inner.request_verification, email, timeout=timeout)

    def verify_email(self, token: str, password: str, *, timeout: float | None = None) -> None:
        """Verifies the address of an account with the token of a mail and the account's password."""
        self._portal.run(self._inner.verify_email, token, password, timeout=timeout)

    def login(
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
        return self._portal.run(
            self._inner.login, email, password, scope=scope, organization=organization, timeout=timeout
        )

    def logout(self, *, timeout: float | None = None) -> None:
        """Ends the session, here and in the server. A login of `maas auth login` that the client uses ends too."""
        self._portal.run(self._inner.logout, timeout=timeout)

    def forgot_password(self, email: str, *, timeout: float | None = None) -> None:
        """Asks for a mail with a token for a new password."""
        self._portal.run(self._inner.forgot_password, email, timeout=timeout)

    def reset_password(self, token: str, password: str, *, timeout: float | None = None) -> None:
        """Sets a new password with the token of a mail. All sessions end."""
        self._portal.run(self._inner.reset_password, token, password, timeout=timeout)

    def exchange(
        self, id_token: str, *, organization: str | None = None, scope: str | None = None, timeout: float | None = None
    ) -> ExchangedToken:
        """Exchanges an ID token of a trusted issuer for an access token, and returns it. Raises TokenNotTrusted.

        `organization` is its id; it may be left out if the token is for `maas:` and this id. `scope` has scopes,
        separated by spaces. A client with a `token_provider` exchanges by itself.
        """
        return self._portal.run(self._inner.exchange, id_token, organization=organization, scope=scope, timeout=timeout)

    def keys(self, *, timeout: float | None = None) -> KeySet:
        """Returns the public keys by which access tokens and heads of audit logs are signed (Ed25519)."""
        return self._portal.run(self._inner.keys, timeout=timeout)
