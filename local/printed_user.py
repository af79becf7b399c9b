"""The user of the printed command lines: registered at the first start, the same at every later one."""

import asyncio
import json
import secrets
from typing import Any

import httpx2

from local import first_user
from local.embedded import worker_settings
from local.errors import StackError
from local.mailbox import Kind, mailed_token
from local.sam.remote_function import is_function_error
from local.servers.run_context import RunContext
from local.template.specs import Application

_EMAIL = "demo@example.com"
_USERLESS = ("invited", "closed")  # values of `Registration` with which the public route does not make this user
_LOGIN, _REGISTER = "/api/v1/auth/login", "/api/v1/auth/register"


def check(context: RunContext) -> None:
    """Raises StackError if nobody can make the first user: functions of `--sam` have the template's environment."""
    chosen = context.options.parameters.get("Registration")
    if context.options.sam and not context.folder.manifest.user and chosen in _USERLESS:
        raise StackError(
            f"with --sam and Registration={chosen} nobody can make the first user of a new folder: start once with "
            f"--data DIR and without --sam, and then with both"
        )


async def ready(context: RunContext, gateway: str, application: Application) -> dict[str, Any]:
    """Returns the user's e-mail address, password and organization. This also checks that the API works.

    Raises:
        StackError: a call failed.
    """
    user = context.folder.manifest.user
    if not user:
        # Saved before the call: a stack that is killed during it can still log in next time.
        user |= {"email": _EMAIL, "password": secrets.token_hex(16)}
        context.folder.save()
    async with httpx2.AsyncClient(base_url=gateway, trust_env=False, timeout=35) as client:
        await _call(context, client, "GET", "/healthz")
        if not await _registered(context, client, user, application) and not await _logged_in(context, client, user):
            context.remarks.append(f"{user['email']} can't log in with the password of the first start")
    return {"tenant_id": None, **user}


async def _registered(
    context: RunContext, client: httpx2.AsyncClient, user: dict[str, str], application: Application
) -> bool:
    """Registers the user. Returns false if an earlier start has done it."""
    if "tenant_id" in user:
        return False
    if context.options.parameters.get("Registration") in _USERLESS and not context.options.sam:
        return await _made(context, user, application)
    refused = httpx2.codes.CONFLICT, httpx2.codes.FORBIDDEN  # by its address; by `Registration`, on a folder of before
    answer = await _call(context, client, "POST", _REGISTER, _credentials(user), *refused)
    if answer.status_code == httpx2.codes.ACCEPTED:  # `Registration=verified`
        token = await asyncio.to_thread(mailed_token, context.folder.mail, Kind.REGISTRATION, user["email"])
        proven = {**_credentials(user), "verification": token}
        answer = await _call(context, client, "POST", _REGISTER, proven, httpx2.codes.CONFLICT)
    if answer.is_success:
        user["tenant_id"] = answer.json().get("tenant_id", "")
    return answer.is_success


async def _made(context: RunContext, user: dict[str, str], application: Application) -> bool:
    """Registers the user without the public route. Returns false if an earlier start has done it."""
    answer = await first_user.register(application, worker_settings(context), _credentials(user))
    if answer.status not in (httpx2.codes.CREATED, httpx2.codes.CONFLICT):
        raise StackError(f"the first user can't be registered: {answer.body.decode()}; logs: {context.logs}")
    if answer.status == httpx2.codes.CREATED:
        user["tenant_id"] = json.loads(answer.body).get("tenant_id", "")
    return answer.status == httpx2.codes.CREATED


async def _logged_in(context: RunContext, client: httpx2.AsyncClient, user: dict[str, str]) -> bool:
    return (await _call(context, client, "POST", _LOGIN, _credentials(user), httpx2.codes.UNAUTHORIZED)).is_success


async def _call(
    context: RunContext, client: httpx2.AsyncClient, method: str, path: str, body: Any = None, *allowed: int
) -> httpx2.Response:
    """Calls the API. Every status but success and the allowed ones is an error."""
    try:
        answer = await client.request(method, path, json=body)
    except httpx2.TransportError as error:
        raise StackError(f"{method} {path}: {error!r}; logs: {context.logs}") from error
    if not (answer.is_success or answer.status_code in allowed) or is_function_error(answer.content):
        raise StackError(f"{method} {path} returned {answer.status_code} {answer.text}; logs: {context.logs}")
    return answer


def _credentials(user: dict[str, str]) -> dict[str, str]:
    return {name: user[name] for name in ("email", "password")}
