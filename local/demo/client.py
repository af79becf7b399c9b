"""A small HTTP client for the worlds of events and the tests of the whole stack, which see requests and tokens."""

from dataclasses import dataclass
from typing import Any

import httpx2

# Seconds. A gateway ends every request after 30 s, but SAM local first builds an image at a function's first call.
TIMEOUT = 120.0


class ProblemError(Exception):
    """The response `answer` is not a success."""

    def __init__(self, answer: httpx2.Response) -> None:
        request = answer.request
        super().__init__(f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:500]}")
        self.answer = answer


def http_client() -> httpx2.Client:
    """Returns a client that never uses a proxy for loopback. Other proxies and certificates are those of this shell."""
    return httpx2.Client(timeout=TIMEOUT, mounts={"all://127.0.0.1": None, "all://localhost": None})


@dataclass
class Api:
    """The HTTP API at `url`. `token` is sent unless it is empty."""

    url: str
    http: httpx2.Client
    token: str = ""

    def request(self, method: str, path: str, body: Any = None, **more: Any) -> httpx2.Response:
        """Returns the response, whatever its status. `more` is passed to httpx2."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        content = {} if body is None else {"json": body}
        return self.http.request(method, self.url + path, headers=headers, **content, **more)

    def success(self, method: str, path: str, body: Any = None, **more: Any) -> httpx2.Response:
        """Returns a successful response. Raises ProblemError for any other."""
        return _checked(self.request(method, path, body, **more))

    def post(self, path: str, body: Any = None) -> Any:
        """Returns the body of a successful response. Raises ProblemError for any other."""
        return self.success("POST", path, body).json()

    def get(self, path: str) -> Any:
        """Returns the body of a successful response. Raises ProblemError for any other."""
        return self.success("GET", path).json()

    def put_part(self, url: str, content: bytes, headers: dict[str, str]) -> str:
        """Sends one part directly to the store, without the token. Returns its ETag.

        Raises:
            ProblemError: the store rejected the part.
        """
        return str(_checked(self.http.put(url, content=content, headers=headers)).headers["etag"])


def _checked(response: httpx2.Response) -> httpx2.Response:
    if not response.is_success:
        raise ProblemError(response)
    return response
