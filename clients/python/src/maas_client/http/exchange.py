"""Access tokens in exchange for ID tokens (RFC 8693), as a credential."""

from datetime import datetime, timedelta, timezone

from maas_client.answers import ExchangedToken
from maas_client.http.api import parsed
from maas_client.http.calls import Call, given, path
from maas_client.http.sender import Sender
from maas_client.http.single_flight import SingleFlight
from maas_client.id_tokens import IdTokenSource, once

_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - the name of a type
_EARLY = timedelta(seconds=30)  # the shortest lifetime is a minute
_TIMEOUT = 20.0


def exchange_call(id_token: str, organization: str | None, scope: str | None, timeout: float | None = None) -> Call:
    """Returns the request of an exchange. An ID token may be shown several times, so it may be repeated."""
    form = {"grant_type": _GRANT, "subject_token_type": _ID_TOKEN, "subject_token": id_token}
    form |= given(audience=organization, scope=scope)
    return Call("POST", path("auth", "token"), form=form, authenticated=False, repeatable=True, timeout=timeout)


class ExchangedCredential:
    """The credential of a job: all callers who need a new access token wait for one exchange."""

    def __init__(self, source: IdTokenSource, organization: str | None = None, scope: str | None = None) -> None:
        self._source, self._organization, self._scope = source, organization, scope
        self._access, self._until = "", datetime.min.replace(tzinfo=timezone.utc)
        self._flight = SingleFlight()

    def __repr__(self) -> str:
        return "ExchangedCredential()"

    async def token(self, sender: Sender) -> str:
        """Returns an access token. Raises IdTokenMissing, TokenNotTrusted, ApiError, ConnectionFailed."""
        if datetime.now(timezone.utc) + _EARLY >= self._until:
            await self._flight.run(lambda: self._exchange(sender))
        return self._access

    async def renewed(self, sender: Sender, refused: str) -> bool:
        """Exchanges again, unless another caller already has."""
        if self._access == refused:
            await self._flight.run(lambda: self._exchange(sender))
        return True

    async def _exchange(self, sender: Sender) -> None:
        call = exchange_call(await once(self._source), self._organization, self._scope, _TIMEOUT)
        asked = datetime.now(timezone.utc)
        answer = parsed(await sender.send(call), ExchangedToken)
        self._access, self._until = answer.access_token, asked + timedelta(seconds=answer.expires_in)
