"""The principal of a request, from the context that the authorizer adds to the event.

See docs/decisions/0001-authorizer-never-denies.md.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from fastapi import Depends

from maas.domain.errors import NO_CREDENTIAL, TokenExpired, Unauthenticated
from maas.domain.identity.principals import Principal, Role, Scope
from maas.platform.request_context import CURRENT

E = TypeVar("E", bound=StrEnum)
Check = Callable[[Principal], Awaitable[Principal]]

_SCOPES: dict[object, Scope] = {}

_PROBLEMS: Mapping[str, type[Unauthenticated]] = {TokenExpired.code: TokenExpired}


def authenticated(context: Mapping[str, Any]) -> Principal:
    """The principal of an authorizer context.

    Raises:
        Unauthenticated: the context has no principal, or the authorizer has rejected the credential.
    """
    if "problem" in context:
        raise _PROBLEMS.get(context["problem"], Unauthenticated)(str(context.get("detail", "the token is not valid")))
    if not context.get("sub") or not context.get("tenant"):
        raise Unauthenticated(NO_CREDENTIAL)
    return Principal(
        context["sub"],
        context["tenant"],
        _known(Role, context.get("roles")),
        _known(Scope, context.get("scopes")),
        str(context.get("credential") or ""),
    )


def _known(kind: type[E], words: Any) -> frozenset[E]:
    """The members that `words` names. Others are ignored, because the authorizer may be one release ahead."""
    return _members(kind, str(words or ""))


@lru_cache(maxsize=256)
def _members(kind: type[E], words: str) -> frozenset[E]:
    names = words.split()
    return frozenset(member for member in kind if member in names)


async def principal() -> Principal:
    """The principal of the current request; the gate of create_app has set it."""
    request = CURRENT.get()
    assert request is not None
    assert request.principal is not None
    return request.principal


Caller = Annotated[Principal, Depends(principal)]


def requires(scope: Scope) -> Check:
    """A dependency that returns the principal, and raises PermissionDenied if it lacks `scope`."""

    async def check(caller: Caller) -> Principal:
        caller.require(scope)
        return caller

    _SCOPES[check] = scope
    return check


def required_scope(dependencies: Iterable[object]) -> Scope:
    """The scope that one of a route's dependencies requires. Raises StopIteration if none does."""
    return next(_SCOPES[each] for each in dependencies if each in _SCOPES)


Reader = Annotated[Principal, Depends(requires(Scope.MODELS_READ))]
Writer = Annotated[Principal, Depends(requires(Scope.MODELS_WRITE))]
Deleter = Annotated[Principal, Depends(requires(Scope.MODELS_DELETE))]
Uploader = Annotated[Principal, Depends(requires(Scope.UPLOADS_WRITE))]
Invoker = Annotated[Principal, Depends(requires(Scope.INFERENCE_INVOKE))]
KeyManager = Annotated[Principal, Depends(requires(Scope.KEYS_MANAGE))]
Admin = Annotated[Principal, Depends(requires(Scope.USERS_ADMIN))]
WebhookAdmin = Annotated[Principal, Depends(requires(Scope.WEBHOOKS_ADMIN))]
LogReader = Annotated[Principal, Depends(requires(Scope.AUDIT_READ))]
