"""Just enough of a client for the demo and the tests of the whole stack."""

from dataclasses import dataclass
from typing import Any

import httpx2

# A gateway ends every request at 30 s; SAM local, at the first call of a function, makes its image before that.
TIMEOUT = 120.0


class ProblemError(Exception):
    """An answer that is no success; `answer` is the whole of it."""

    def __init__(self, answer: httpx2.Response) -> None:
        request = answer.request
        super().__init__(f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:500]}")
        self.answer = answer


def http_client() -> httpx2.Client:
    """Loopback never goes through a proxy, whatever this shell has set; certificates are trusted as it says."""
    return httpx2.Client(timeout=TIMEOUT, mounts={"all://127.0.0.1": None, "all://localhost": None})


@dataclass
class Api:
    """The HTTP API at `url`; `token` is sent when there is one."""

    url: str
    http: httpx2.Client
    token: str = ""

    def request(self, method: str, path: str, body: Any = None, **more: Any) -> httpx2.Response:
        """Whatever comes back. `more` goes to httpx2."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        content = {} if body is None else {"json": body}
        return self.http.request(method, self.url + path, headers=headers, **content, **more)

    def success(self, method: str, path: str, body: Any = None, **more: Any) -> httpx2.Response:
        """Raises ProblemError for anything else."""
        return _checked(self.request(method, path, body, **more))

    def post(self, path: str, body: Any = None) -> Any:
        """The body of the answer. Raises ProblemError."""
        return self.success("POST", path, body).json()

    def get(self, path: str) -> Any:
        """The body of the answer. Raises ProblemError."""
        return self.success("GET", path).json()

    def put_part(self, url: str, content: bytes, headers: dict[str, str]) -> str:
        """Sends one part straight to the store, without our token; answers its ETag.

        Raises:
            ProblemError: the store refused it.
        """
        return str(_checked(self.http.put(url, content=content, headers=headers)).headers["etag"])


def _checked(answer: httpx2.Response) -> httpx2.Response:
    if not answer.is_success:
        raise ProblemError(answer)
    return answer
