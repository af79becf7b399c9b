"""The price of a sign-in's event: transactions that begin a session, with and without it, in turn.

PYTHONPATH=.:layers/shared/python .venv/bin/python -m tests.benchmarks.sign_ins [ROUNDS]
"""

import os
import statistics
import sys
import time
from collections.abc import Sequence

from local.aws_account import CREDENTIALS
from maas.adapters.aws.identity.accounts import DynamoIdentities
from maas.adapters.aws.identity.table import IdentityTable, Write
from maas.domain.identity.identity_event import IdentityEvent
from tests.support.identity_stores import in_table
from tests.support.table_engines import TESTED_ENGINES, make_tables, table_server


class WithoutEvents(IdentityTable):
    """The table as it was before there were events."""

    def transact(self, writes: Sequence[Write], events: Sequence[IdentityEvent]) -> None:
        super().transact(writes, ())


def main(rounds: int) -> None:
    """Prints medians in milliseconds: of the whole call, and of this process's own time."""
    os.environ.update(CREDENTIALS)
    with table_server(TESTED_ENGINES[0]) as endpoint:
        found = make_tables(endpoint)
        people = in_table(endpoint, found.identity)
        user = people.founder()
        kinds = {"without the event": WithoutEvents, "with the event": IdentityTable}
        stores = {name: DynamoIdentities(kind(found.identity, endpoint)) for name, kind in kinds.items()}
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
        for _ in range(rounds):
            for name, store in stores.items():
                session = people.session(user)
                wall, own = time.perf_counter(), time.process_time()
                store.begin(session)
                times[name].append((time.perf_counter() - wall, time.process_time() - own))
    for name, taken in times.items():
        wall, own = (statistics.median(each[place] for each in taken) * 1000 for place in (0, 1))
        print(f"{TESTED_ENGINES[0]}, {name}: {wall:.2f} ms, of which {own:.2f} ms are this process's")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
