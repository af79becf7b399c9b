"""Fixtures of every level."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.aws import CREDENTIALS, Aws, moto_endpoint, provision


@pytest.fixture
def lambda_process() -> Iterator[None]:
    """A Lambda process has one event loop, which Mangum takes from its thread and keeps for all invocations."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    """AWS as moto plays it, provisioned from template.yaml."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        with moto_endpoint() as endpoint:
            yield provision(endpoint)
