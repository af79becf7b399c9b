"""What it costs the registry to look a caller up, with and without its grants: `python -m tests.benchmarks.callers`.

A look-up is one BatchGetItem of the member, the session, and the items of the caller's grants; the first kind reads the
first two alone. The kinds take turns in 5 rounds of 200 look-ups one after the other; the results are medians, on
dynoxide or DynamoDB Local. Processor time is that of the reading process.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from functions.registry.store.client import Table, connect
from functions.registry.store.identity_reader import IdentityReader
from functions.registry.store.items import granted_key
from functions.registry.store.transactions import attributes
from local.aws_account import CREDENTIALS
from local.servers.table_stores import ENGINES, find
from maas.domain.identity.accounts import Session, User
from maas.domain.identity.grants import SubjectKind, holder
from maas.domain.identity.principals import Principal, Role, possible_scopes
from maas.domain.ids import new_id
from maas.wire.identity.accounts import session_item, session_key, user_item, user_key
from tests.support.table_engines import make_tables, table_server

ROUNDS, LOOK_UPS = 5, 200
NOW = datetime.now(UTC)
LookUp = Callable[[Principal], Awaitable[object]]


def make_caller(role: Role = Role.MEMBER) -> tuple[Principal, User, Session]:
    """A caller, and the records of its member and its session."""
    roles, user_id, tenant_id = frozenset({role}), new_id(), new_id()
    user = User(id=user_id, tenant_id=tenant_id, email=f"{user_id}@x.io", name="Ada", roles=roles, created_at=NOW)
    session = Session(
        id=new_id(),
        tenant_id=tenant_id,
        user_id=user_id,
        scopes=possible_scopes(roles),
        expires_at=NOW + timedelta(hours=1),
        digest="d",
    )
    return Principal(user_id, tenant_id, roles, session.scopes, f"session/{session.id}"), user, session


async def _timed(look_up: LookUp, by: Principal) -> tuple[float, float]:
    """Milliseconds of one look-up, and milliseconds of processor time."""
    await look_up(by)
    started, spent = time.perf_counter(), time.process_time()
    for _ in range(LOOK_UPS):
        await look_up(by)
    return (time.perf_counter() - started) / LOOK_UPS * 1e3, (time.process_time() - spent) / LOOK_UPS * 1e3


async def _measure(endpoint: str) -> None:
    tables, client = make_tables(endpoint), connect(endpoint)
    identity, registry = Table(tables.identity, client), Table(tables.table, client)
    reader = IdentityReader(identity, registry)

    async def records_alone(by: Principal) -> object:
        keys = [user_key(by.tenant_id, by.subject), session_key(by.credential.partition("/")[2])]
        return await identity.get_many(keys, consistent=True)

    kinds: dict[str, tuple[LookUp, Principal]] = {}
    measured: tuple[tuple[str, int, LookUp], ...] = (
        ("member and session", 0, records_alone),
        ("without grants", 0, reader.current),
        ("with 10 grants", 10, reader.current),
        ("with 1,000 grants", 1000, reader.current),
    )
    for name, count, look_up in measured:
        by, user, session = make_caller()
        for item in (user_item(user), session_item(session)):
            client.put_item(TableName=tables.identity, Item=attributes(item))
        if count:
            roles = {new_id(): "viewer" for _ in range(count)}
            granted = {**granted_key(holder(SubjectKind.USER, by.subject, by.tenant_id)), **roles, "granted": count}
            client.put_item(TableName=tables.table, Item=attributes(granted))
        kinds[name] = (look_up, by)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, (look_up, by) in kinds.items():
            found[name].append(await _timed(look_up, by))
    for name, times in found.items():
        print(f"{name:20} {median(t for t, _ in times):6.2f} ms, processor {median(c for _, c in times):5.2f} ms")


if __name__ == "__main__":
    os.environ.update(CREDENTIALS)
    engine = next(each for each in ENGINES if find(each))
    with table_server(engine) as address:
        print(engine)
        asyncio.run(_measure(address))
