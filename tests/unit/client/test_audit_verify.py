"""`maas audit verify`, which decides as the server's own program does."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas.domain.audit.chain import Head, Record
from maas_client import errors
from maas_client.audit_log import files
from tests.support.audit_exports import LOG, ORGANIZATION, Export
from tests.support.audit_logs import lines, rehashed, relinked
from tests.support.cli import Cli
from tests.support.client_api import FakeApi
from tools import audit_verify, client_audit

_EDITED = {**LOG[11], "action": "Nothing"}
# What a forger could do to the log, and the kind that both programs call it.
_TAMPERINGS: dict[str, tuple[Callable[[], list[Record]], str]] = {
    "edited": (lambda: [*LOG[:11], _EDITED, *LOG[12:]], "edited"),
    "dropped": (lambda: [*LOG[:11], *LOG[12:]], "dropped"),
    "added": (lambda: [*LOG[:12], LOG[11], *LOG[12:29]], "added"),
    "swapped": (lambda: [*LOG[:11], LOG[12], LOG[11], *LOG[13:]], "swapped"),
    "replaced": (lambda: [*LOG[:11], rehashed(LOG[11], action="Nothing"), *LOG[12:]], "replaced"),
    "truncated": (lambda: LOG[:25], "truncated"),
    "computed anew": (lambda: relinked([*LOG[:11], _EDITED, *LOG[12:]], 11), "head"),
    "another organization": (lambda: [*LOG[:11], rehashed(LOG[11], organization="o"), *LOG[12:]], "organization"),
    "an earlier time": (lambda: relinked([*LOG[:11], {**LOG[11], "recorded_at": "2"}, *LOG[12:]], 11), "time"),
    "another form": (lambda: [*LOG[:11], {"sequence": 12}, *LOG[12:]], "format"),
}


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)


@pytest.fixture
def maas(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli.in_folder(tmp_path, capsys, monkeypatch)


def test_the_rules_are_those_of_the_server() -> None:
    assert client_audit.main(["--check"]) == 0


def test_an_intact_log_is_verified_with_its_signatures(maas: Cli, export: Export) -> None:
    done = maas("maas audit verify audit --head head.json --jwks jwks.json --json")
    assert done.status == 0, done.err
    expected = {"intact": True, "organization": ORGANIZATION, "first": 1, "last": 30, "hash": LOG[-1]["hash"]}
    assert json.loads(done.out) == {**expected, "heads": 1, "signatures": "verified"}


@pytest.mark.parametrize("name", _TAMPERINGS)
def test_a_tampering_is_named_as_the_server_names_it(
    maas: Cli, export: Export, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    make, fault = _TAMPERINGS[name]
    export.write(make())
    assert audit_verify.main([str(export.files), "--head", export.head]) == 1
    theirs = capsys.readouterr().out
    done = maas("maas audit verify audit --head head.json")
    assert (done.status, done.out) == (1, "")
    assert done.err == f"maas: {theirs}"
    assert theirs.startswith(f"{fault}: record ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("audit", "there is no head: give --head FILE"),
        ("none --without-head", "none does not exist"),
        ("audit --head other.json", "is not a head"),
        ("audit --head none.json", "does not exist"),
        ("audit --head swapped.json", "the signature is for another head"),
        ("audit --head head.json --jwks others.json", "no key has signed the head of record 30"),
        ("audit --head head.json --jwks head.json", "is not a set of keys"),
        ("audit --head head.json --head foreign.json", "several organizations"),
    ],
)
def test_a_log_that_can_t_be_verified_is_told(maas: Cli, export: Export, line: str, words: str) -> None:
    export.save("other.json", [])
    export.save("others.json", {"keys": []})
    export.save_head("swapped.json", Head.of(LOG[-1]), hash=LOG[0]["hash"])
    export.save_head("foreign.json", Head("o", 1, "0" * 64))
    done = maas(f"maas audit verify {line}")
    assert done.status in {1, 4}
    assert words in done.err
    assert done.err.count("\n") == 1


def test_two_heads_that_disagree_are_a_fork(export: Export) -> None:
    head = {"organization": ORGANIZATION, "sequence": 30, "hash": LOG[-1]["hash"]}
    with pytest.raises(errors.ChangedLog, match="two heads that disagree") as caught:
        files.verify([export.files], [head, {**head, "hash": "1" * 64}])
    assert (caught.value.fault, caught.value.sequence) == ("fork", 30)


class Server:
    """A server with the log in three files. `broken` has the digests that its list has wrong."""

    def __init__(self, export: Export, records: list[Record] = LOG) -> None:
        self.export, self.broken = export, False
        self.files = {start + 1: b"".join(lines(records[start : start + 10])) for start in range(0, 30, 10)}
        self.fetched: list[str] = []

    def __call__(self, request: httpx2.Request) -> Any:
        path = request.url.path
        if path.startswith("/store/"):
            self.fetched.append(path)
            return httpx2.Response(200, content=self.files[int(path.rpartition("/")[2])])
        if path.endswith("/head"):
            return {**json.loads(Path(self.export.head).read_text())}
        if path.endswith("/jwks.json"):
            return json.loads(Path(self.export.jwks).read_text())
        return {"items": [self._segment(first) for first in self.files], "next_cursor": None}

    def _segment(self, first: int) -> dict[str, Any]:
        content = self.files[first]
        digest = "0" * 64 if self.broken else hashlib.sha256(content).hexdigest()
        described = {"first": first, "last": first + 9, "hash": "", "recorded_at": "", "size": len(content)}
        return {**described, "sha256": digest, "url": f"http://api.test/store/{first}?signature=s3cret"}


def test_the_log_of_the_server_is_fetched_and_verified(maas: Cli, export: Export) -> None:
    maas.serve(httpx2.MockTransport(FakeApi(Server(export))))
    found = json.loads(maas("maas audit verify").out)
    assert (found["intact"], found["last"], found["signatures"]) == (True, 30, "verified")


def test_a_log_that_the_server_changed_does_not_fit_a_kept_head(maas: Cli, export: Export) -> None:
    anew = relinked([*LOG[:11], _EDITED, *LOG[12:]], 11)
    server = Server(export, anew)
    kept = export.save_head("kept.json", Head.of(LOG[-1]))
    export.head = export.save_head("head.json", Head.of(anew[-1]))
    maas.serve(httpx2.MockTransport(FakeApi(server)))
    assert maas("maas audit verify").status == 0
    assert "fork: record 30 has two heads that disagree" in maas(f"maas audit verify --head {kept}").err


def test_an_export_goes_on_with_what_is_new(maas: Cli, export: Export, tmp_path: Path) -> None:
    server = Server(export)
    maas.serve(httpx2.MockTransport(FakeApi(server)))
    assert maas("maas audit export kept").status == 0
    (tmp_path / "kept" / "000000000011.jsonl").write_text("damaged")
    assert json.loads(maas("maas audit export kept").out)["records"] == 30
    assert server.fetched == ["/store/1", "/store/11", "/store/21", "/store/11"]
    assert json.loads(maas("maas audit verify kept").out)["heads"] == 1


@pytest.mark.parametrize("command", ["maas audit export kept", "maas audit verify"])
def test_a_head_is_taken_before_the_log_which_may_grow(maas: Cli, export: Export, command: str) -> None:
    api = FakeApi(Server(export))
    maas.serve(httpx2.MockTransport(api))
    assert maas(command).status == 0
    paths = [request.url.path for request in api.requests]
    assert paths.index("/api/v1/audit/head") < paths.index("/api/v1/audit/export")


def test_a_file_that_is_not_the_named_one_is_corrupt(maas: Cli, export: Export, tmp_path: Path) -> None:
    server = Server(export)
    server.broken = True
    maas.serve(httpx2.MockTransport(FakeApi(server)))
    done = maas("maas audit export kept")
    assert (done.status, "is not the file that the log names" in done.err) == (1, True)
    assert "s3cret" not in done.err
    assert not [*tmp_path.glob("kept/*.jsonl")]
