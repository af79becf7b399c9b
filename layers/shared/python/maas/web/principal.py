"""The caller, from what the authorizer put into the event; see docs/decisions/0001-authorizer-never-denies.md."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from maas.domain.errors import TokenExpired, Unauthenticated
from maas.domain.identity.principals import Principal, Role, Scope

E = TypeVar("E", bound=StrEnum)

_PROBLEMS: Mapping[str, type[Unauthenticated]] = {TokenExpired.code: TokenExpired}


def authenticated(context: Mapping[str, Any]) -> Principal:
    """The principal of an authorizer context.

    Raises:
        Unauthenticated: there is none, or the authorizer found the credential bad.
    """
    if "problem" in context:
        raise _PROBLEMS.get(context["problem"], Unauthenticated)(str(context.get("detail", "the token is not valid")))
    if not context.get("sub") or not context.get("tenant"):
        raise Unauthenticated("this needs a token: Authorization: Bearer <token>")
    return Principal(
        context["sub"],
        context["tenant"],
        _among(Role, context.get("roles")),
        _among(Scope, context.get("scopes")),
    )


def _among(kind: type[E], words: Any) -> frozenset[E]:
    """Words that are no member grant nothing: an authorizer one release ahead must not break a function."""
    held = str(words or "").split()
    return frozenset(member for member in kind if member in held)


async def principal(request: Request) -> Principal:
    """The one that the gate of create_app let through."""
    found = request.scope["maas.principal"]
    assert isinstance(found, Principal)
    return found


def requires(scope: Scope) -> Callable[[Request], Awaitable[Principal]]:
    """A dependency: the principal, if it has the scope (else PermissionDenied)."""

    async def check(request: Request) -> Principal:
        found = await principal(request)
        found.require(scope)
        return found

    return check


Caller = Annotated[Principal, Depends(principal)]
Reader = Annotated[Principal, Depends(requires(Scope.MODELS_READ))]
Writer = Annotated[Principal, Depends(requires(Scope.MODELS_WRITE))]
Deleter = Annotated[Principal, Depends(requires(Scope.MODELS_DELETE))]
Uploader = Annotated[Principal, Depends(requires(Scope.UPLOADS_WRITE))]
Invoker = Annotated[Principal, Depends(requires(Scope.INFERENCE_INVOKE))]
