"""The table of rights, and the answer that it gives for each cell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from maas.domain.identity.principals import Scope

OK, OPEN = "ok", "open"
MODELS = ("own", "viewed", "invoked", "developed", "open", "others", "absent")
# What a public model lets others do.
PUBLIC = frozenset({"models:read", "inference:invoke"})
RECORDS = ("own", "others", "absent")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "model": MODELS,
    "upload": MODELS,
    "user": RECORDS,
    "invitation": RECORDS,
    "key": RECORDS,
    "account": RECORDS,
    "issuer": RECORDS,
    "webhook": RECORDS,
    "job": RECORDS,
    "session": RECORDS,
    "held": RECORDS,
    "guest": RECORDS,
}
ONE = ("-",)


@dataclass(frozen=True)
class Line:
    """What a route or RPC needs, and the request to send."""

    of: str
    needs: frozenset[Scope] = frozenset()
    by: frozenset[str] | None = None
    ranged: str = ""
    allowed: str = OK
    inside: bool = False
    home: str = ""
    but: Mapping[str, str] = field(default_factory=dict)
    send: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Line":
        assert values.keys() <= {"of", "needs", "by", "ranged", "allowed", "inside", "home", "but", "send"}, values
        needs = values.get("needs", [])
        return cls(
            of=values["of"],
            needs=frozenset(map(Scope, [needs] if isinstance(needs, str) else needs)),
            by=frozenset(values["by"]) if "by" in values else None,
            ranged=str(values.get("ranged", "")),
            allowed=str(values.get("allowed", OK)),
            inside=values.get("inside", False),
            home={True: "403", False: ""}.get(given := values.get("home", False), str(given)),
            but={actor: str(answer) for actor, answer in values.get("but", {}).items()},
            send=values.get("send", {}),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        return COLUMNS.get(self.of, ONE)


@dataclass(frozen=True)
class Table:
    """`actors` by name: their role in their organization, and on each model."""

    scopes: Mapping[str, frozenset[str]]
    actors: Mapping[str, Mapping[str, Any]]
    routes: Mapping[str, Line]
    rpcs: Mapping[str, Line]

    def expected(self, line: Line, actor: str, column: str) -> str:
        """A status of HTTP, OK for success, or OPEN for an answer that does not depend on the caller."""
        found = self._expected(line, actor, column)
        return line.allowed if found == OK else found

    def _expected(self, line: Line, actor: str, column: str) -> str:
        known = self.actors[actor]
        if line.of == "public":
            return OPEN
        if known.get("ended"):
            return "401"
        if line.of == "nobody" or (line.of in ("person", "session") and known.get("key")):
            return "403"
        if line.needs and line.needs.isdisjoint(known.get("limit", Scope)):
            return "403"
        if line.of in ("session", "held", "job"):
            return OK if self.knows(line, actor, column) else "404"
        if line.of in ("self", "list", "person"):
            return OK
        if line.of in ("model", "upload"):
            return self._on_model(line, actor, column)
        if line.needs.isdisjoint(self._scopes(actor, known.get("organization"))):
            return "403"
        if column in ONE:
            return OK
        return line.but.get(actor, OK) if column == "own" and actor != "other_admin" else "404"

    def knows(self, line: Line, actor: str, column: str) -> bool:
        """Returns whether the actor may know of the object: it has a right there, or the session is its own."""
        if line.of in ("model", "upload"):
            return bool(self._rights(actor, column))
        if line.of in ("session", "held", "job"):
            return column == "own" and line.by is not None and actor in line.by
        return column == "own" and actor != "other_admin"

    def _on_model(self, line: Line, actor: str, column: str) -> str:
        rights = self._rights(actor, column)
        if not rights or (column == "open" and (line.inside or line.needs.isdisjoint(PUBLIC))):
            return "404"
        if line.by is not None:
            return OK if column == "own" and actor in line.by else "403"
        if line.needs.isdisjoint(rights):
            return "403"
        if line.home and column != "own":
            return line.home
        return (line.ranged or OK) if actor == "ranged_key" else OK

    def _rights(self, actor: str, column: str) -> frozenset[str]:
        """The rights on a model. What a role allows at home, it allows on another organization's public model."""
        known = self.actors[actor]
        if column == "open":
            return self._scopes(actor, known.get("organization")) & PUBLIC
        return self._scopes(actor, known.get(column)) - {Scope.KEYS_MANAGE, Scope.USERS_ADMIN}

    def _scopes(self, actor: str, role: str | None) -> frozenset[str]:
        allowed = frozenset(scope for scope, roles in self.scopes.items() if role in roles)
        return allowed & frozenset(self.actors[actor].get("limit", Scope))


def read_table() -> Table:
    values = yaml.safe_load(Path(__file__).with_name("table.yaml").read_text())
    rpcs = {f"/{service}/{name}": line for service, lines in values["rpcs"].items() for name, line in lines.items()}
    return Table(
        scopes={scope: frozenset(roles) for scope, roles in values["scopes"].items()},
        actors=values["actors"],
        routes={route: Line.read(line) for route, line in values["routes"].items()},
        rpcs={path: Line.read(line) for path, line in rpcs.items()},
    )
