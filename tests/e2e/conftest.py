"""Fixtures for stacks. Tests run on each kind of stack that this machine can start, or only on the one at MAAS_URL."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from local.demo.client import http_client
from tests.support.rounds import FULL
from tests.support.stack_users import User
from tests.support.stacks import ADDRESS, REMOVING, STARTED, RunningStack, addressed_stack, running_stack

# Seconds for a test with SAM local. The first such test waits for the build.
_LIMIT = 900


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"kinds(*names): the kinds of stack to run on, instead of {STARTED}")


def pytest_report_header() -> str:
    run = "all tests" if FULL else "those of what Lambda's containers alone can show; TEST_ROUNDS=full runs all"
    return f"end-to-end tests with SAM: {run}"


def pytest_sessionstart() -> None:
    if "MAAS_URL" not in os.environ:
        return
    url = urlsplit(_url())
    if not (url.scheme in {"http", "https"} and url.hostname):
        raise pytest.UsageError(f"MAAS_URL must be http(s)://host with an optional base path, and not {_url()!r}")
    try:
        with http_client() as http:
            http.get(f"{_url()}/healthz")
    except httpx2.TransportError as error:
        raise pytest.UsageError(f"no stack answers at MAAS_URL {_url()}: {error}") from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker("kinds")
        kinds = (ADDRESS,) if _url() else marked.args if marked else STARTED
        metafunc.parametrize("kind", [_parameter(kind) for kind in kinds], scope="session")


def _parameter(kind: str) -> object:
    return pytest.param(kind, marks=[pytest.mark.sam, pytest.mark.timeout(_LIMIT)]) if kind == "sam" else kind


def _url() -> str:
    return os.environ.get("MAAS_URL", "").rstrip("/")


@pytest.fixture(scope="session")
def stack(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningStack]:
    """One stack of each kind for all tests, with MinIO if installed: it checks signatures and lengths as S3 does."""
    if kind == "sam":
        yield request.getfixturevalue("sam_stack")
    elif kind == ADDRESS:
        with addressed_stack(_url(), tmp_path_factory.mktemp(kind)) as found:
            yield found
    else:
        with running_stack(tmp_path_factory.mktemp(kind), kind, *REMOVING) as found:
            yield found


@pytest.fixture(scope="session")
def local_stack(stack: RunningStack) -> RunningStack:
    """The stack, for tests that read its services directly or disturb them."""
    if stack.kind == ADDRESS:
        pytest.skip("this test needs the machine that the stack runs on; MAAS_URL gives only its address")
    return stack


@pytest.fixture
def local_kind(kind: str) -> str:
    """The kind of stack, for tests that start a stack of their own."""
    if kind == ADDRESS:
        pytest.skip("this test starts its own stack; MAAS_URL selects the one at that address")
    return kind


@pytest.fixture(scope="session")
def user(stack: RunningStack) -> User:
    return stack.user()


@pytest.fixture(scope="session")
def stranger(stack: RunningStack) -> User:
    """A user of another tenant."""
    return stack.user()


@pytest.fixture(autouse=True)
def _renewed(request: pytest.FixtureRequest) -> None:
    """Renews the tokens of the session's users before each test, since the tests take longer than a token is valid."""
    for name in {"user", "stranger", "published"} & {*request.fixturenames}:
        found = request.getfixturevalue("user" if name == "published" else name)
        if isinstance(found, User):
            found.renew()


@pytest.fixture(scope="session")
def published(user: User) -> str:
    """The id of the user's model of User.publish_largest."""
    return user.publish_largest()
