"""The program that verifies an exported log."""

import base64
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jwt
import pytest

from local.paths import ROOT
from maas.domain.audit.chain import Head
from maas.domain.ids import new_id
from tests.support.audit_exports import LOG, ORGANIZATION, Export
from tests.support.audit_logs import log, rehashed, relinked
from tools import audit_verify


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)


def test_an_intact_log_is_verified_with_its_signed_head(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit_verify.main([str(export.files), "--head", export.head, "--jwks", export.jwks]) == 0
    expected = f"records 1 to 30 of {ORGANIZATION} are intact; they agree with 1 of 1 heads (signatures verified)\n"
    assert capsys.readouterr().out == expected


def test_a_changed_record_is_named(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    export.write([*LOG[:11], {**LOG[11], "action": "Nothing"}, *LOG[12:]])
    assert audit_verify.main([str(export.files), "--head", export.head]) == 1
    assert capsys.readouterr().out.startswith(f"edited: record 12 (id {LOG[11]['id']}, line 12) was edited")
    assert audit_verify.main([str(export.files), "--head", export.head, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["intact"], answer["last"], answer["finding"]["sequence"]) == (False, 11, 12)


def test_a_log_computed_anew_is_named_with_its_span(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    export.write(relinked([*LOG[:11], {**LOG[11], "action": "Nothing"}, *LOG[12:]], 11))
    early = export.save_head("early.json", Head.of(LOG[4]))
    assert audit_verify.main([str(export.files), "--head", export.head, "--head", early]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("head: record 30")
    assert "records from 6 on may have been changed too" in printed


def test_a_log_without_a_head_is_not_verified_unless_asked(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit_verify.main([str(export.files)]) == 2
    assert "--head FILE is missing" in capsys.readouterr().err
    assert audit_verify.main([str(export.files), "--without-head"]) == 0


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ([], "is not a head"),
        ({"organization": ORGANIZATION, "sequence": True, "hash": "0"}, "is not a head"),
        ({"signature": "x"}, "is not a head"),
    ],
)
def test_what_is_no_head_is_refused(export: Export, capsys: pytest.CaptureFixture[str], head: Any, reason: str) -> None:
    assert audit_verify.main([str(export.files), "--head", export.save("other.json", head)]) == 2
    assert reason in capsys.readouterr().err


def test_a_signature_must_be_for_the_head_and_by_a_known_key(
    export: Export, capsys: pytest.CaptureFixture[str]
) -> None:
    swapped = export.save_head("swapped.json", Head.of(LOG[-1]), hash=LOG[0]["hash"])
    assert audit_verify.main([str(export.files), "--head", swapped]) == 2
    assert "the signature is for another head" in capsys.readouterr().err
    unsigned = export.save("unsigned.json", asdict(Head.of(LOG[-1])))
    others = export.save("others.json", {"keys": []})
    for head, jwks in ((unsigned, export.jwks), (export.head, others)):
        assert audit_verify.main([str(export.files), "--head", head, "--jwks", jwks]) == 2
        assert "no key has signed" in capsys.readouterr().err
    assert audit_verify.main([str(export.files), "--head", export.head, "--jwks", export.save("x.json", {})]) == 2


def test_heads_of_two_logs_are_refused(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    other = export.save_head("other.json", Head.of(log(new_id(), 1)[0]))
    assert audit_verify.main([str(export.files), "--head", export.head, "--head", other]) == 2
    assert "several organizations" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_not_verified(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit_verify.main([str(export.folder / "none"), "--head", export.head]) == 2
    assert "not verified" in capsys.readouterr().err


def test_a_replaced_record_is_named_before_its_neighbour(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    export.write([*LOG[:11], rehashed(LOG[11], action="Nothing"), *LOG[12:]])
    assert audit_verify.main([str(export.files), "--head", export.head]) == 1
    assert capsys.readouterr().out.startswith(f"replaced: record 12 (id {LOG[11]['id']}")


def test_the_command_needs_the_standard_library_alone(export: Export) -> None:
    bare = {"PATH": "/usr/bin:/bin", "PYTHON": f"{sys.base_prefix}/bin/python3", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(ROOT / "local/audit-verify"), str(export.files), "--head", export.head]
    done = subprocess.run(command, capture_output=True, text=True, env=bare, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "are intact" in done.stdout


def test_files_without_a_record_are_not_verified(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    empty = export.folder / "empty"
    empty.mkdir()
    early = export.save_head("early.json", Head(ORGANIZATION))
    for head in (["--without-head"], ["--head", early]):
        assert audit_verify.main([str(empty), *head]) == 2
        assert capsys.readouterr().err == "not verified: the files have no record\n"


@pytest.mark.parametrize("wrong", [{"sequence": -1}, {"sequence": 0, "hash": "1" * 64}])
def test_a_head_of_no_record_is_refused(
    export: Export, capsys: pytest.CaptureFixture[str], wrong: dict[str, Any]
) -> None:
    head = export.save("wrong.json", {"organization": ORGANIZATION, "hash": "0" * 64, **wrong})
    assert audit_verify.main([str(export.files), "--head", head]) == 2
    assert "is not a head" in capsys.readouterr().err


def test_missing_first_files_are_named_although_a_head_fits(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    (export.files / "000000000001.jsonl").unlink()
    kept = export.save_head("kept.json", Head.of(LOG[9]))
    given = [str(export.files), "--head", export.head, "--head", kept]
    assert audit_verify.main(given) == 1
    assert capsys.readouterr().out == "dropped: record 1 (line 1) is missing\n"
    assert audit_verify.main([*given, "--partial"]) == 0


def test_a_signature_of_another_kind_of_token_is_refused(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    key, fields = export.keys.signing_key(), asdict(Head.of(LOG[-1]))
    for header in ({"typ": "at+jwt"}, {}):
        token = jwt.encode(fields, key.private, "EdDSA", headers={"kid": key.kid, **header})
        other = export.save("other.json", {**fields, "signature": token})
        assert audit_verify.main([str(export.files), "--head", other, "--jwks", export.jwks]) == 2
        assert "no key has signed the head" in capsys.readouterr().err


def test_a_signature_that_is_nested_too_deeply_is_refused(export: Export) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 200_000).decode()
    for signature in (f"{deep}.e30.x", f"e30.{deep}.x"):
        head = export.save("deep.json", {**asdict(Head.of(LOG[-1])), "signature": signature})
        assert audit_verify.main([str(export.files), "--head", head, "--jwks", export.jwks]) == 2


def test_a_lost_end_is_named_without_blame_for_what_is_left(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    export.write(LOG[:20])
    assert audit_verify.main([str(export.files), "--head", export.head]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("truncated: record 21 is missing, and so is all behind it")
    assert printed.endswith("; no head that agrees vouches for the records from 1 on\n")
