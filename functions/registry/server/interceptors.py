"""The identity of calls, which is the last of the steps around them: access log, errors, load shedding and identity."""

from typing import Any

from functions.registry.server.credentials import Credentials
from functions.registry.server.standings import Current
from maas.domain.errors import PermissionDenied, Unauthenticated
from maas.domain.identity.networks import check_source
from maas.domain.identity.principals import Principal, Role, Scope
from maas.grpc_server.call_context import Call, Proceed
from maas.grpc_server.chain import REFLECTION
from maas.security.bearer import bearer_token

OURS = ("/model.ModelService/", "/maas.registry.v1.RegistryService/")
# What access tokens and API keys are for. The other service takes keys of storage from its callers, and trusts them.
FOR_ALL = ("/model.ModelService/", REFLECTION)
# The principal of calls without a token, where that is allowed: it acts for all tenants.
OPEN = Principal("anonymous", "", frozenset(Role), frozenset(Scope))


class Identity:
    """Sets the call's principal from its credential, with the rights that it has now.

    A call without a credential is OPEN, unless `required`.
    """

    def __init__(self, credentials: Credentials, current: Current, *, required: bool) -> None:
        self._credentials = credentials
        self._current = current
        self._required = required

    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        try:
            call.principal = principal = await self.identify(call)
            call.log_fields |= {"subject": principal.subject, "tenant": principal.tenant_id}
            return await proceed(call, request)
        except PermissionDenied as error:
            if call.outsider and self._credentials.refusals:
                self._credentials.refusals.note(call, call.outsider, request, error)
            raise

    async def identify(self, call: Call) -> Principal:
        """The principal of the call's credential, with the rights that it has now.

        Raises:
            Unauthenticated, TokenExpired
            PermissionDenied: the credential is not for this method, or not for the caller's network.
            RateLimited: a caller from outside has made too many calls.
            Unavailable: keys or the caller's record can't be read.
        """
        authorization = call.metadata.get("authorization")
        if authorization is None and not self._required:
            call.source_address = call.address
            return OPEN
        text = bearer_token(authorization or "")
        if not text:
            raise Unauthenticated("this needs a credential: authorization: Bearer <access token or API key>")
        shown = await self._credentials.shown(text, call)
        if shown.outside:
            # Our own functions alone are believed about the address of their caller.
            call.outsider, call.source_address = shown.principal, call.address
            if self._credentials.rates:
                self._credentials.rates.take(shown.principal)
            if not call.method.startswith(FOR_ALL):
                raise PermissionDenied("this method is for the functions of MaaS alone; call model.ModelService")
        principal = await self._current(shown.principal)
        check_source(principal.networks, call.source_address)
        return principal
