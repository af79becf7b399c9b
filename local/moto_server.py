"""moto's server, mended: `python -m local.moto_server -H HOST -p PORT`.

- For its dashboard moto keeps every object that it ever made, and each DynamoDB transaction copies whole tables to be
  able to go back: 4 MB more for every model created, until the machine is full. Here it keeps none.
- It makes that copy once for every item of the transaction. Here, once for a transaction.
- A transaction that goes back takes with it what others wrote meanwhile. Here DynamoDB's calls come one by one.
"""

import copy
import threading
from typing import Any

from moto.core.common_models import BaseModel
from moto.dynamodb import models
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.server import main

_ONE_BY_ONE = threading.RLock()
_call_action = DynamoHandler.call_action
_transact = models.DynamoDBBackend.transact_write_items


class _CopyModule:
    """Stands in for `copy` in moto's DynamoDB: of a table, one copy for each transaction."""

    copy = staticmethod(copy.copy)

    def __init__(self) -> None:
        self.tables: dict[int, Any] = {}

    def deepcopy(self, thing: Any) -> Any:
        if not isinstance(thing, Table):
            return copy.deepcopy(thing)
        if id(thing) not in self.tables:
            self.tables[id(thing)] = copy.deepcopy(thing)
        return self.tables[id(thing)]


_COPIES = _CopyModule()


def _untracked(cls: type[BaseModel], *_args: Any, **_kwargs: Any) -> BaseModel:
    return object.__new__(cls)


def _one_by_one(handler: DynamoHandler) -> Any:
    with _ONE_BY_ONE:
        return _call_action(handler)


def _copying_once(backend: models.DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    try:
        _transact(backend, transact_items)
    finally:
        _COPIES.tables.clear()


if __name__ == "__main__":
    BaseModel.__new__ = _untracked  # type: ignore[method-assign]
    DynamoHandler.call_action = _one_by_one  # type: ignore[method-assign]
    models.DynamoDBBackend.transact_write_items = _copying_once  # type: ignore[method-assign, assignment]
    models.copy = _COPIES  # type: ignore[assignment, attr-defined]
    main()
