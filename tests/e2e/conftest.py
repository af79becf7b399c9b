"""One stack for nearly all tests, and a second one beside it; MAAS_URL points the tests at a deployed API instead."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import tools
from local.demo.client import http_client
from tests.e2e.stacks import RunningStack, User, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """With MinIO where there is one: it checks signatures, lengths and checksums as S3 does."""
    if url := os.environ.get("MAAS_URL"):
        with http_client() as http:
            yield RunningStack({"gateway": url.rstrip("/")}, Path(), http)
        return
    with running_stack(tmp_path_factory.mktemp("stack")) as found:
        yield found


@pytest.fixture(scope="session")
def local_stack(stack: RunningStack) -> RunningStack:
    """The same, for tests that look behind the API."""
    if "logs" not in stack.ready:
        pytest.skip("MAAS_URL points to a stack that is not on this machine")
    return stack


@pytest.fixture(scope="session")
def open_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A second stack beside the first: moto's S3, and a registry that asks for no token."""
    with running_stack(tmp_path_factory.mktemp("open"), "--s3", "moto", "--registry-auth", "off") as found:
        yield found


@pytest.fixture(params=["minio", "moto"])
def each_stack(request: pytest.FixtureRequest) -> RunningStack:
    """Once with each kind of S3."""
    if request.param == "minio" and tools.find("minio") is None:
        pytest.skip("no MinIO on this machine: local/get-minio builds it")
    found: RunningStack = request.getfixturevalue("local_stack" if request.param == "minio" else "open_stack")
    assert found.ready["s3_kind"] == request.param
    return found


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
