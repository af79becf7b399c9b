"""The synchronous resources of the client are those that the tool makes."""

import inspect

from maas_client import AsyncClient, Client
from tools import client_sync


def test_the_synchronous_resources_are_up_to_date() -> None:
    made = client_sync.written()
    assert {path.name: path.read_text() for path in client_sync.TARGET.glob("*.py")} == made, "run tools/client_sync.py"


def test_both_clients_have_the_same_resources_and_methods() -> None:
    blocking, awaited = Client("http://api.test"), AsyncClient("http://api.test")
    with blocking:
        assert _operations(blocking) - {"close"} == _operations(awaited) - {"aclose"}


def _operations(client: Client | AsyncClient) -> set[str]:
    members = {name: member for name, member in inspect.getmembers(client) if not name.startswith("_")}
    own = {name for name, member in members.items() if inspect.ismethod(member)}
    resources = {name: member for name, member in members.items() if type(member).__module__.startswith("maas_client.")}
    return own | {
        f"{name}.{method}"
        for name, resource in resources.items()
        for method, _ in inspect.getmembers(resource, inspect.ismethod)
        if not method.startswith("_")
    }
