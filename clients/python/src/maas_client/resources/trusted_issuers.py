"""Trusted issuers."""

from collections.abc import Mapping, Sequence

from maas_client.answers import TrustedIssuer
from maas_client.http.api import Pages
from maas_client.http.calls import Call, given, listed, path
from maas_client.resources.base import Resource


class TrustedIssuers(Resource):
    """Issuers of ID tokens, such as CI systems, that the organization trusts for a service account.

    All operations need the scope users:admin. `conditions` maps names of claims to a value, or to values of which one
    is enough; `*` stands for any text. `models` maps ids of models to ranges of versions.
    """

    async def create(
        self,
        name: str,
        issuer: str,
        conditions: Mapping[str, str | Sequence[str]],
        service_account_id: str,
        *,
        audience: str | None = None,
        scopes: Sequence[str] | None = None,
        models: dict[str, str] | None = None,
        networks: Sequence[str] | None = None,
        lifetime_seconds: int | None = None,
        timeout: float | None = None,
    ) -> TrustedIssuer:
        """Trusts an issuer. Access tokens for its ID tokens last `lifetime_seconds`: 60 to 900, by default 900.

        Raises InvalidInput if no condition binds the token to its owner, NotFound, PermissionDenied, QuotaExceeded.
        """
        body = given(audience=audience, scopes=listed(scopes), models=models, networks=listed(networks))
        body |= {"name": name, "issuer": issuer, "conditions": _plain(conditions)}
        body |= {"service_account_id": service_account_id} | given(lifetime_seconds=lifetime_seconds)
        call = Call("POST", path("trusted-issuers"), body=body, keyed=True, timeout=timeout)
        return await self._api.call(call, TrustedIssuer)

    def list(self, *, limit: int | None = None, timeout: float | None = None) -> Pages[TrustedIssuer]:
        """Returns the trusted issuers, the oldest first."""
        return self._pages(TrustedIssuer, "trusted-issuers", params={"limit": limit}, timeout=timeout)

    async def get(self, issuer_id: str, *, timeout: float | None = None) -> TrustedIssuer:
        """Reads a trusted issuer. Raises NotFound."""
        return await self._api.call(Call("GET", path("trusted-issuers", issuer_id), timeout=timeout), TrustedIssuer)

    async def update(
        self,
        issuer_id: str,
        *,
        name: str | None = None,
        issuer: str | None = None,
        audience: str | None = None,
        conditions: Mapping[str, str | Sequence[str]] | None = None,
        service_account_id: str | None = None,
        scopes: Sequence[str] | None = None,
        models: dict[str, str] | None = None,
        networks: Sequence[str] | None = None,
        lifetime_seconds: int | None = None,
        disabled: bool | None = None,
        timeout: float | None = None,
    ) -> TrustedIssuer:
        """Changes the fields that are given; `conditions` are replaced as a whole. `disabled=True` ends its tokens."""
        body = given(name=name, issuer=issuer, audience=audience, service_account_id=service_account_id)
        body |= given(scopes=listed(scopes), models=models, networks=listed(networks), disabled=disabled)
        body |= given(lifetime_seconds=lifetime_seconds, conditions=None if conditions is None else _plain(conditions))
        call = Call("PATCH", path("trusted-issuers", issuer_id), body=body, timeout=timeout)
        return await self._api.call(call, TrustedIssuer)

    async def delete(self, issuer_id: str, *, timeout: float | None = None) -> None:
        """Deletes a trusted issuer, which ends its access tokens. Raises NotFound."""
        await self._api.send(Call("DELETE", path("trusted-issuers", issuer_id), timeout=timeout))


def _plain(conditions: Mapping[str, str | Sequence[str]]) -> dict[str, object]:
    return {claim: each if isinstance(each, str) else [*each] for claim, each in conditions.items()}
