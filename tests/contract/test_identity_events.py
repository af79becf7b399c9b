"""Each method of the identity table's adapters that changes something leaves the events of the table below."""

import ast
import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from maas.adapters.aws import identity as adapters
from maas.adapters.aws.dynamodb_table import Write
from maas.domain.errors import AlreadyExists, WrongState
from maas.domain.identity.accounts import MEMBERSHIPS_MAX, Organization, Session, User
from maas.domain.identity.events import IdentityEventType
from maas.domain.identity.principals import Principal, Role
from maas.domain.ids import new_id
from maas.platform import trace
from maas.platform.request_context import CURRENT, RequestContext
from tests.support.aws import Aws
from tests.support.identity_stores import NOW, invited
from tests.support.identity_writes import LATER, OTHERS, READS, WRITES, World

T = IdentityEventType


@pytest.fixture
def world(aws: Aws) -> World:
    return World(aws.endpoint, aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"])


@pytest.mark.parametrize("method", WRITES)
def test_a_write_leaves_the_events_that_the_table_says(world: World, method: str) -> None:
    act, types = WRITES[method]
    act(world)
    assert [event["type"] for event in world.events()] == [T.ORGANIZATION_CREATED, T.USER_CREATED, *types]


def _methods() -> Iterator[str]:
    """Every public method of the adapters of the identity table."""
    for module in pkgutil.iter_modules(adapters.__path__, f"{adapters.__name__}."):
        for name, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if kind.__module__ == module.name and (name.startswith("Dynamo") or name == "ShownKeys"):
                yield from (f"{name}.{each}" for each, _ in inspect.getmembers(kind, inspect.isfunction))


def test_every_method_is_a_read_or_has_a_line_in_the_table() -> None:
    found = {name for name in _methods() if not name.rpartition(".")[2].startswith("_")}
    reads = {f"{kind}.{name}" for kind, names in READS.items() for name in names}
    assert found == {name.partition(" ")[0] for name in WRITES} | OTHERS | reads


def test_nothing_writes_to_the_table_beside_its_transactions() -> None:
    """But for notes, of which the table says that they have no event."""
    calls = {"put_item", "update_item", "delete_item", "batch_write_item", "transact_write_items", "dynamo"}
    found = set()
    for path in Path(adapters.__path__[0]).glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                names = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
                found |= {f"{path.stem}.{function.name}" for name in names & calls}
    assert found == {
        "accounts.renew",
        "accounts.rotate",
        "attempts._updated",
        "observation_log.append",
        "shown_keys._note",
        *(f"table.{name}" for name in ("__init__", "get", "get_many", "query", "transact")),
    }


def test_an_event_names_the_caller_of_the_request(world: World) -> None:
    by = Principal(world.ada.id, world.ada.tenant_id, world.ada.roles, frozenset(), "key/k.fingerprint")
    request = RequestContext(trace.continued(""), "request-1", principal=by, source_address="203.0.113.7")
    token = CURRENT.set(request)
    try:
        world.people.own.rename(world.ada, "Augusta")
        elsewhere = world.people.founder()
    finally:
        CURRENT.reset(token)
    event = world.events()[-1]
    assert (event["subject"], event["credential"]) == (world.ada.id, "key/k")
    assert (event["address"], event["request_id"]) == ("203.0.113.7", "request-1")
    assert (event["before"]["name"], event["after"]["name"], event["changed"]) == ("Ada", "Augusta", ["name"])
    # A caller of another organization is nobody there.
    assert {event["subject"] for event in world.events(elsewhere.tenant_id)} == {elsewhere.id}


def test_the_same_name_again_leaves_no_event(world: World) -> None:
    before = world.events()
    world.people.own.rename(world.ada, world.ada.name)
    assert world.events() == before


def test_a_refused_write_leaves_no_event(world: World) -> None:
    before = world.events()
    known = world.people.known(world.ada)
    with pytest.raises(WrongState, match="last active admin"):
        world.people.members.remove(world.ada)
    organization = Organization(id=new_id(), name="Again", created_at=NOW)
    with pytest.raises(AlreadyExists):
        world.people.identities.add(organization, replace(world.ada, tenant_id=organization.id), "hash")
    assert world.people.known(world.ada) == known
    assert world.events() == before
    assert world.events(organization.id) == []


def test_each_organization_of_a_person_gets_the_event_of_its_password(world: World) -> None:
    """The largest transaction: it has at most 100 items."""
    others = [world.people.founder() for _ in range(MEMBERSHIPS_MAX - 1)]
    members = [world.people.membership(world.ada, other, Role.VIEWER) for other in others]
    session = world.people.session(world.ada)
    known = world.people.known(world.ada)
    assert known.memberships == MEMBERSHIPS_MAX
    successor = replace(known, password_hash="another", password_id=new_id())
    world.people.own.change_password(world.ada.email, known, successor, session.id)
    items = world.table.query(f"EVENTS#{world.ada.tenant_id}", begins_with="EVENT#")
    [events] = [found for item in items if len(found := json.loads(item["events"])) > 2]
    assert {event["type"] for event in events} == {T.PASSWORD_CHANGED}
    assert {(event["tenant_id"], event["subject"], event["object"]) for event in events} == {
        (user.tenant_id, user.id, f"user/{user.id}") for user in (world.ada, *members)
    }


def test_fifty_sign_ins_at_once_are_not_in_each_others_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[Sequence[Write]] = []
    once = world.table.dynamo.transact_once

    def noted(writes: Sequence[Write]) -> None:
        attempts.append(writes)
        once(writes)

    monkeypatch.setattr(world.table.dynamo, "transact_once", noted)
    identities = type(world.people.identities)(world.table)  # type: ignore[call-arg]
    sessions = [_session(world.ada) for _ in range(50)]
    with ThreadPoolExecutor(50) as threads:
        list(threads.map(identities.begin, sessions))
    assert len(attempts) == 50  # none was repeated
    signed_in = [event for event in world.events() if event["type"] == T.SIGNED_IN]
    assert {event["object"] for event in signed_in} == {f"session/{each.id}" for each in sessions}


def _session(of: User) -> Session:
    return Session(
        id=new_id(),
        tenant_id=of.tenant_id,
        user_id=of.id,
        scopes=frozenset(),
        expires_at=LATER,
        digest="digest",
    )


def test_a_person_who_joins_is_named_by_its_new_id(world: World) -> None:
    user = invited(invitation := world.people.invitation(world.ada, Role.VIEWER))
    world.people.invitations.join(invitation, user, "hash")
    accepted, created = world.events()[-2:]
    assert {accepted["subject"], created["subject"]} == {user.id}
    assert (accepted["object"], created["object"]) == (f"invitation/{invitation.id}", f"user/{user.id}")
