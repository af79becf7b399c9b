"""Every test runs on each kind of stack that this machine can start; with MAAS_URL, on the stack at that address."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from local.demo.client import http_client
from tests.support.stack_users import User
from tests.support.stacks import ADDRESS, RunningStack, addressed_stack, running_stack

_KINDS = ("embedded", "sam")
# Seconds for a test with SAM local: the first one waits for the build.
_LIMIT = 900


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"kinds(*names): the kinds of stack to run on, instead of {_KINDS}")


def pytest_sessionstart() -> None:
    if "MAAS_URL" not in os.environ:
        return
    url = urlsplit(_url())
    if not (url.scheme in {"http", "https"} and url.hostname):
        raise pytest.UsageError(f"MAAS_URL must be http(s)://host, with a base path if need be, and not {_url()!r}")
    try:
        with http_client() as http:
            http.get(f"{_url()}/healthz")
    except httpx2.TransportError as error:
        raise pytest.UsageError(f"nothing answers at MAAS_URL {_url()}: {error}") from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker("kinds")
        kinds = (ADDRESS,) if _url() else marked.args if marked else _KINDS
        metafunc.parametrize("kind", [_parameter(kind) for kind in kinds], scope="session")


def _parameter(kind: str) -> object:
    return pytest.param(kind, marks=[pytest.mark.sam, pytest.mark.timeout(_LIMIT)]) if kind == "sam" else kind


def _url() -> str:
    return os.environ.get("MAAS_URL", "").rstrip("/")


@pytest.fixture(scope="session")
def stack(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningStack]:
    """One of each kind for all tests. With MinIO where there is one: it checks signatures and lengths as S3 does."""
    if kind == "sam":
        yield request.getfixturevalue("sam_stack")
    elif kind == ADDRESS:
        with addressed_stack(_url(), tmp_path_factory.mktemp(kind)) as found:
            yield found
    else:
        with running_stack(tmp_path_factory.mktemp(kind), kind) as found:
            yield found


@pytest.fixture(scope="session")
def local_stack(stack: RunningStack) -> RunningStack:
    """The same, for tests that look behind the API, or harm what is there."""
    if stack.kind == ADDRESS:
        pytest.skip("this needs the machine that the stack runs on; MAAS_URL gives its address alone")
    return stack


@pytest.fixture
def local_kind(kind: str) -> str:
    """For tests that start a stack of their own."""
    if kind == ADDRESS:
        pytest.skip("this starts a stack of its own; MAAS_URL asks for the one at that address")
    return kind


@pytest.fixture(scope="session")
def user(stack: RunningStack) -> User:
    return stack.user()


@pytest.fixture(scope="session")
def stranger(stack: RunningStack) -> User:
    """Of another tenant."""
    return stack.user()


@pytest.fixture(scope="session")
def published(user: User) -> str:
    """The user's model of User.publish_largest."""
    return user.publish_largest()
