"""Attempts to sign in or to register, counted in the identity table: one item for each name."""

from collections.abc import Collection, Sequence
from typing import Any

from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.identity.attempts import Tally
from maas.wire.identity.attempts import attempts_key, part_name, tally_of


class DynamoAttempts:
    """The Attempts port."""

    def __init__(self, table: IdentityTable) -> None:
        self._table = table

    def read(self, names: Sequence[str]) -> list[Tally]:
        keys = [attempts_key(name) for name in names]
        found = {item["pk"]: tally_of(item) for item in self._table.get_many(keys)}
        return [found.get(key["pk"], Tally()) for key in keys]

    def count(self, name: str, part: int, expires: int, dropped: Collection[int] = ()) -> Tally:
        gone = ", ".join(part_name(each) for each in dropped if each != part)
        update = f"ADD {part_name(part)} :one SET expires = :expires" + (f" REMOVE {gone}" if gone else "")
        return self._updated(name, update, {":one": 1, ":expires": expires})

    def remember(self, name: str, now: int, expires: int) -> Tally:
        return self._updated(name, "SET signed_in = :now, expires = :expires", {":now": now, ":expires": expires})

    def _updated(self, name: str, update: str, values: dict[str, Any]) -> Tally:
        return tally_of(self._table.dynamo.update(attempts_key(name), update, values) or {})
