"""Sources of ID tokens (OpenID Connect): what a CI system or a platform gives to a job, in place of a stored secret.

A source is a function without arguments that returns an ID token, or a coroutine of one. It is asked each time that a
client needs a new access token.
"""

import inspect
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
from anyio import to_thread

from maas_client.bodies import answer_to
from maas_client.errors import IdTokenMissing, UnexpectedAnswer
from maas_client.local_files import read_text

IdTokenSource = Callable[[], str | Awaitable[str]]
_URL, _TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_TIMEOUT = 10.0  # seconds
_FORMS = "github-actions, file:PATH or env:NAME"


def audience_of(organization: str) -> str:
    """Returns the audience that ID tokens for an organization have, unless its trusted issuer names another one."""
    return f"maas:{organization}"


def github_actions(audience: str, *, transport: httpx2.AsyncBaseTransport | None = None) -> IdTokenSource:
    """Returns the source of a job of GitHub Actions, which needs `permissions: id-token: write`.

    `audience` is what the trusted issuer wants, such as `maas:<id of the organization>`. `transport` is for tests.
    """

    async def fetch() -> str:
        url, token = os.environ.get(_URL), os.environ.get(_TOKEN)
        if not url or not token:
            raise IdTokenMissing(f"{_URL} is not set: give the job of GitHub Actions `permissions: id-token: write`")
        headers = {"authorization": f"Bearer {token}"}
        try:
            async with httpx2.AsyncClient(timeout=_TIMEOUT, transport=transport) as http:
                where = httpx2.URL(url).copy_merge_params({"audience": audience})
                answer = await answer_to(http, http.build_request("GET", where, headers=headers))
            value = answer.json()["value"] if answer.is_success else None
        except (httpx2.TransportError, httpx2.DecodingError, httpx2.InvalidURL, UnexpectedAnswer) as error:
            raise IdTokenMissing(f"GitHub Actions can't be asked for an ID token: {type(error).__name__}") from None
        except (ValueError, KeyError, TypeError):
            value = None
        if not isinstance(value, str) or not value:
            raise IdTokenMissing(f"GitHub Actions gave no ID token: it answered {answer.status_code}")
        return value

    return fetch


def from_file(path: str | os.PathLike[str]) -> IdTokenSource:
    """Returns the source of a file that the platform writes and renews, such as a projected token of Kubernetes."""
    file = Path(path)

    def read() -> str:
        return _required(read_text(file), f"{file} is empty")

    return read


def from_variable(name: str) -> IdTokenSource:
    """Returns the source of an environment variable, such as one of GitLab's `id_tokens`."""
    return lambda: _required(os.environ.get(name, ""), f"the variable {name} is not set")


async def once(source: IdTokenSource) -> str:
    """Returns an ID token of a source, which may block. Raises IdTokenMissing, MissingFile, UnreadableFile."""
    found = await to_thread.run_sync(source)
    return await found if inspect.isawaitable(found) else found


def from_text(text: str, audience: str | None) -> IdTokenSource:
    """Returns the source that a text names: github-actions, file:PATH or env:NAME. Raises IdTokenMissing."""
    kind, _, rest = text.partition(":")
    if kind == "github-actions" and not rest:
        if not audience:
            raise IdTokenMissing("GitHub Actions needs an audience: set MAAS_ORGANIZATION to the organization's id")
        return github_actions(audience)
    if kind == "file" and rest:
        return from_file(rest)
    if kind == "env" and rest:
        return from_variable(rest)
    raise IdTokenMissing(f"{text!r} is not a source of ID tokens: write {_FORMS}")


def _required(text: str, otherwise: str) -> str:
    if not text.strip():
        raise IdTokenMissing(f"there is no ID token: {otherwise}")
    return text.strip()
