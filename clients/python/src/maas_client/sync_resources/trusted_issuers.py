"""Made by tools/client_sync.py from maas_client/resources/trusted_issuers.py: do not edit."""

from collections.abc import Mapping, Sequence

from maas_client.answers import TrustedIssuer
from maas_client.portal import Portal, SyncPages
from maas_client.resources import trusted_issuers as asynchronous


class TrustedIssuers:
    """Issuers of ID tokens, such as CI systems, that the organization trusts for a service account.

    All operations need the scope users:admin. `conditions` maps names of claims to a value, or to values of which one
    is enough; `*` stands for any text. `models` maps ids of models to ranges of versions.
    """

    def __init__(self, portal: Portal, inner: asynchronous.TrustedIssuers) -> None:
        self._portal, self._inner = portal, inner

    def create(
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
        return self._portal.run(
            self._inner.create,
            name,
            issuer,
            conditions,
            service_account_id,
            audience=audience,
            scopes=scopes,
            models=models,
            networks=networks,
            lifetime_seconds=lifetime_seconds,
            timeout=timeout,
        )

    def list(self, *, limit: int | None = None, timeout: float | None = None) -> SyncPages[TrustedIssuer]:
        """Returns the trusted issuers, the oldest first."""
        return SyncPages(self._portal, self._inner.list(limit=limit, timeout=timeout))

    def get(self, issuer_id: str, *, timeout: float | None = None) -> TrustedIssuer:
        """Reads a trusted issuer. Raises NotFound."""
        return self._portal.run(self._inner.get, issuer_id, timeout=timeout)

    def update(
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
        return self._portal.run(
            self._inner.update,
            issuer_id,
            name=name,
            issuer=issuer,
            audience=audience,
            conditions=conditions,
            service_account_id=service_account_id,
            scopes=scopes,
            models=models,
            networks=networks,
            lifetime_seconds=lifetime_seconds,
            disabled=disabled,
            timeout=timeout,
        )

    def delete(self, issuer_id: str, *, timeout: float | None = None) -> None:
        """Deletes a trusted issuer, which ends its access tokens. Raises NotFound."""
        self._portal.run(self._inner.delete, issuer_id, timeout=timeout)
