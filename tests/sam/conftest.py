"""Fixtures for the output of `sam build`. The first build takes minutes; later ones rebuild only changed parts."""

from pathlib import Path

import pytest

from local.sam import cli
from tests.sam.built import BuiltFunction, functions
from tests.sam.registry_container import built_image

_HERE = Path(__file__).parent
_LIMIT = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives every test a long timeout, because the first one waits for the build."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.timeout(_LIMIT))


@pytest.fixture(scope="session")
def built_template() -> Path:
    """The path of the built template.yaml, in another folder than the build of a running stack."""
    return cli.build(cli.WORK / "tests")


@pytest.fixture(scope="session")
def built(built_template: Path) -> list[BuiltFunction]:
    return functions(built_template)


@pytest.fixture(scope="session")
def image() -> str:
    """The tag of the registry's image."""
    return built_image()
