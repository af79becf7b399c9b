"""Checks that times do not tell records that a caller must not see from absent ones.

`python -m tests.benchmarks.absent_records READY_FILE [PAIRS]`. READY_FILE is that of a stack that runs, with
`--parameter RequestsPerOrganization=0 --parameter RequestsPerUser=0`, and is thrown away. A pair is a request for a
record of another organization, or for a draft of its public model, and one for an absent record; every other pair
begins with the absent one. Each record of a cached kind is asked for once. The program fails if a ratio is over MOST.
"""

import json
import random
import statistics
import string
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import redis

from local.demo.client import Api, http_client
from maas.domain.ids import new_id
from tests.support.stack_users import MODELS, User
from tests.support.timed_pairs import in_turn

MOST = 1.3
# Seconds after which the registry's processes have dropped what they read last.
FORGOTTEN = 6.0
FEW = 20  # records of kinds that are not cached
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Kind:
    """Requests for hidden records, one after the other, and for absent ones."""

    name: str
    method: str
    hidden: Sequence[str]
    absent: Sequence[str]


def models(owner: User, pairs: int, name: str) -> Kind:
    made = [f"{MODELS}/{owner.model()}" for _ in range(pairs)]
    return Kind(name, "GET", made, [f"{MODELS}/{new_id()}" for _ in made])


def drafts(owner: User, pairs: int, name: str) -> Kind:
    """Drafts of one public model."""
    path = f"{MODELS}/{owner.model(is_public=True)}/versions"
    numbers = [f"1.0.{patch}" for patch in range(pairs)]
    for number in numbers:
        owner.api.post(path, {"version": number})
    absent = [f"{path}/2.0.{patch}" for patch in range(pairs)]
    return Kind(name, "GET", [f"{path}/{number}" for number in numbers], absent)


def again(kind: Kind, name: str) -> Kind:
    """One hidden and one absent record, for which the caller asks again and again."""
    return Kind(f"{name}, the same one again", kind.method, kind.hidden[:1], kind.absent[-1:])


def _key_id() -> str:
    return "".join(random.choices(_ALPHABET, k=16))


def uncached(owner: User) -> Iterator[Kind]:
    """Records that no process caches."""
    made = [owner.model() for _ in range(FEW)]
    for each in made:
        owner.api.post(f"{MODELS}/{each}/versions", {"version": "1.0.0"})
    upload = {"version": "1.0.0", "filename": "iris.onnx", "size": 100}
    uploads = [owner.api.post(f"{MODELS}/{each}/upload", upload)["upload_id"] for each in made]
    keys = [owner.api.post("/api/v1/api-keys", {"name": "k", "scopes": ["models:read"]})["id"] for _ in range(FEW)]
    accounts = [
        owner.api.post("/api/v1/service-accounts", {"name": f"a {n}", "roles": ["viewer"]})["id"] for n in range(FEW)
    ]
    sessions = [owner.login()["refresh_token"].partition(".")[0] for _ in range(FEW)]
    invitations = [
        owner.api.post("/api/v1/users/invitations", {"email": f"{n}.{owner.email}", "roles": ["viewer"]})["id"]
        for n in range(FEW)
    ]
    for path, ids, absent in (
        (f"{MODELS}/%s/grants", made, new_id),
        (f"{MODELS}/%s/aliases/prod", made, new_id),
        ("/api/v1/uploads/%s", uploads, new_id),
        ("/api/v1/users/%s", [owner.id], new_id),
        ("/api/v1/api-keys/%s", keys, _key_id),
        ("/api/v1/service-accounts/%s", accounts, new_id),
        ("/api/v1/users/me/sessions/%s", sessions, new_id),
    ):
        yield Kind(
            f"GET {path}".replace("%s", "…"), "GET", [path % each for each in ids], [path % absent() for _ in ids]
        )
    path = "/api/v1/users/invitations/%s"
    yield Kind(
        f"DELETE {path}".replace("%s", "…"),
        "DELETE",
        [path % each for each in invitations],
        [path % new_id() for _ in invitations],
    )


def times(api: Api, kind: Kind, pairs: int) -> list[tuple[float, float]]:
    """The seconds of each pair: for the hidden record, and for the absent one."""

    def ask(path: str) -> float:
        started = time.perf_counter()
        answer = api.request(kind.method, path)
        seconds = time.perf_counter() - started
        assert answer.status_code == 404, (path, answer.text)
        return seconds

    return [
        in_turn(ask, number, kind.hidden[number % len(kind.hidden)], kind.absent[number % len(kind.absent)])
        for number in range(pairs)
    ]


def report(api: Api, kind: Kind, pairs: int) -> bool:
    """Prints a row of the table. Returns whether the times are alike."""
    hidden, absent = (float(statistics.median(each)) * 1000 for each in zip(*times(api, kind, pairs), strict=True))
    ratio = max(hidden, absent) / min(hidden, absent)
    print(f"| {kind.name} | {hidden:.1f} | {absent:.1f} | {ratio:.2f} |", flush=True)
    return bool(ratio <= MOST)


def read_all(owner: User, kind: Kind) -> None:
    for path in kind.hidden:
        owner.api.get(path)


def forget(ready: dict[str, Any]) -> None:
    """Waits until no cache has a record any more."""
    time.sleep(FORGOTTEN)
    with redis.Redis.from_url(ready["redis"]) as client:
        client.flushdb()


def main(ready: dict[str, Any], pairs: int) -> int:
    with http_client() as http:
        anonymous = Api(ready["gateway"], http)
        owner, other = (User.register(replace(anonymous)) for _ in range(2))
        report(other.api, models(owner, FEW, "warm-up"), FEW)
        print(f"| medians of {pairs} pairs, in ms | hidden | absent | ratio |\n| --- | --- | --- | --- |")
        alike = []
        for name, make in (("model of another organization", models), ("draft of a public model", drafts)):
            kind = make(owner, pairs, f"{name}, its owner has just read it")
            read_all(owner, kind)
            alike.append(report(other.api, kind, pairs))
            forget(ready)
            alike.append(report(other.api, replace(kind, name=f"{name}, in no cache"), pairs))
            alike.append(report(other.api, again(kind, name), pairs))
        alike += [report(other.api, kind, pairs) for kind in uncached(owner)]
    return 0 if all(alike) else 1


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text()), int(sys.argv[2]) if len(sys.argv) > 2 else 200))
