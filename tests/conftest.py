"""Fixtures for tests of every level."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import boto3
import pytest
import redis

from local.aws_account import CREDENTIALS
from local.errors import StackError
from local.paths import ROOT
from local.sam import docker, prepare
from local.servers.table_stores import Engine
from tests.support import model_runtimes
from tests.support.aws import PINNED, Aws, moto_endpoint, provision
from tests.support.printed import PRINTED
from tests.support.redis_server import RedisServer, redis_server
from tests.support.stacks import REMOVING, RunningStack, running_stack
from tests.support.table_engines import TESTED_ENGINES, Tables, make_tables, table_server

_LOOP = pytest.StashKey[asyncio.AbstractEventLoop]()


def pytest_configure(config: pytest.Config) -> None:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # as template.yaml sets it for the functions
    config.addinivalue_line("markers", "sam: needs Docker and the images and tools of `local/up --sam`")
    config.stash[_LOOP] = asyncio.new_event_loop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Sets the event loop that Mangum takes from its thread, as in Lambda. Async tests unset it at their end."""
    asyncio.set_event_loop(item.config.stash[_LOOP])


def pytest_unconfigure(config: pytest.Config) -> None:
    asyncio.set_event_loop(None)
    config.stash[_LOOP].close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Checks once for Docker, Lambda's images and SAM, and only if a selected test needs them."""
    needing = [item for item in items if item.get_closest_marker("sam")]
    if not needing:
        return
    try:
        docker.run("version")
    except StackError as error:
        _skip(needing, str(error))
        return
    try:
        prepare.ensure_tools(ROOT / "template.yaml")
    except StackError as error:
        if os.environ.get("CI") == "true":
            raise pytest.UsageError(f"Docker is here, but: {error}") from error
        _skip(needing, str(error))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests measured. A process that runs a part of the tests has no terminal."""
    for report in terminalreporter.getreports("passed"):
        for text in (value for name, value in report.user_properties if name == PRINTED):
            terminalreporter.write_line(str(text))


def _skip(items: list[pytest.Item], reason: str) -> None:
    for item in items:
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def sam_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One stack of `local/up --sam` for all tests that need it, of any level."""
    with running_stack(tmp_path_factory.mktemp("sam"), "sam", *REMOVING) as found:
        yield found


@pytest.fixture(autouse=True)
def workers() -> Iterator[None]:
    """Ends the processes of models that a test has called."""
    yield
    model_runtimes.end_workers()


@pytest.fixture(autouse=True)
def default_session() -> Iterator[None]:
    """Drops boto3's default session after a test that used it with credentials of its own: it would keep them."""
    yield
    session = boto3.DEFAULT_SESSION
    kept = session and session._session._credentials  # type: ignore[attr-defined]
    if kept and kept.secret_key != CREDENTIALS["AWS_SECRET_ACCESS_KEY"]:
        boto3.DEFAULT_SESSION = None


@pytest.fixture(scope="module")
def shared_redis() -> Iterator[RedisServer]:
    """One Redis for the tests of a module."""
    with redis_server() as running:
        yield running


@pytest.fixture
def redis_client(shared_redis: RedisServer) -> redis.Redis:
    """A client of the module's Redis, which is empty."""
    found = redis.Redis.from_url(shared_redis.url)
    found.flushdb()
    return found


@pytest.fixture(scope="session")
def credentials() -> Iterator[None]:
    """Sets the credentials that all AWS substitutes accept, MinIO too, where boto3 looks for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            boto3, "DEFAULT_SESSION", None
        )  # the default session keeps the first credentials it was created with
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def aws(credentials: None) -> Iterator[Aws]:
    """AWS as simulated by moto, provisioned from template.yaml."""
    with moto_endpoint() as endpoint:
        yield provision(endpoint, PinnedModel=PINNED)


@pytest.fixture(scope="session")
def tables_of(credentials: None) -> Iterator[Callable[[Engine], Tables]]:
    """Starts an engine for all tests, with the tables of template.yaml, when it is first called with its name."""
    with ExitStack() as running:

        @cache
        def start(engine: Engine) -> Tables:
            return make_tables(running.enter_context(table_server(engine)))

        yield start


@pytest.fixture(scope="session", params=TESTED_ENGINES)
def tables(request: pytest.FixtureRequest, tables_of: Callable[[Engine], Tables]) -> Tables:
    """The tables of template.yaml on each engine under test."""
    return tables_of(request.param)
