"""Fixtures of what `sam build` makes. A first build takes minutes; later ones only what changed."""

from pathlib import Path

import pytest

from local.sam import cli
from tests.sam.built import BuiltFunction, functions

_HERE = Path(__file__).parent
_LIMIT = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test pays for the build."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.timeout(_LIMIT))


@pytest.fixture(scope="session")
def built_template() -> Path:
    """template.yaml as `sam build` leaves it, apart from the build that a running stack uses."""
    return cli.build(cli.WORK / "tests")


@pytest.fixture(scope="session")
def built(built_template: Path) -> list[BuiltFunction]:
    return functions(built_template)
