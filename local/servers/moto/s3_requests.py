"""Fixes of moto's S3 for browsers and for clients that know nothing of S3.

- moto lets Flask read a body with the content type of a form, which curl's `--data-binary` sends, and then stores
  nothing. S3 ignores the type of a part.
- moto allows every origin, and exposes no header to scripts. Here the rules of the bucket tell which it exposes.
"""

from collections.abc import Callable, Iterable
from typing import Any

from moto.s3.models import s3_backends

from local.aws_account import ACCOUNT
from local.servers.moto.calls import Environ

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def as_in_s3(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Returns the application of moto's S3 with the fixes."""

    def answer(environ: Environ, respond: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "PUT" and environ.get("CONTENT_TYPE", "").startswith(_FORMS):
            environ["CONTENT_TYPE"] = "application/octet-stream"

        def exposing(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            exposed = _exposed(environ["PATH_INFO"]) if "HTTP_ORIGIN" in environ else ""
            added = [("Access-Control-Expose-Headers", exposed)] if exposed else []
            return respond(status, [*headers, *added], *rest)

        return application(environ, exposing)

    return answer


def _exposed(path: str) -> str:
    """The headers that the rules of the bucket expose; the path begins with its name."""
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(path.split("/")[1])
    rules = (bucket and bucket.cors) or []
    return ", ".join(dict.fromkeys(name for rule in rules for name in rule.exposed_headers or []))
