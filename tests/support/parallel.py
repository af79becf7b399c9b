"""A pytest plugin of `local/test`: which tests stay together when they are split over processes.

The tests of a file share fixtures, so one process runs them. Tests of several files stay together if they share what
takes long to start. pytest-xdist with `--dist loadfile` takes the place of a test from its id, up to `::`.
"""

from collections.abc import Iterator

import pytest
from _pytest.nodeid import coerce_node_id

# Fixtures of a folder that its files share: SAM's translator, and a stack in pytest-asyncio's loop of the session.
_SHARED = {"tests/template/": "translate", "tests/integration/local/": "stack"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> Iterator[None]:
    """Shows pytest-xdist other ids, which are the same in each process. Ids of parameters may be random."""
    own = [item._id for item in session.items]
    for number, item in enumerate(session.items):
        item._id = coerce_node_id(f"{_place(item)}::{number}-{getattr(item, 'originalname', item.name)}")
    yield
    for item, found in zip(session.items, own, strict=True):
        item._id = found


def _place(item: pytest.Item) -> str:
    if item.get_closest_marker("sam"):
        return "sam"
    if hasattr(item, "callspec") and item.callspec.params.get("kind") == "open":
        return "open"
    file, fixtures = item.nodeid.partition("::")[0], getattr(item, "fixturenames", ())
    return next((folder for folder, name in _SHARED.items() if file.startswith(folder) and name in fixtures), file)
