"""Certificates: what is refused at the start."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from local.errors import StackError
from local.public.certificates import Pair
from tests.support.certificates import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


def _pair(authority: Authority, name: str = "server", password: str = "") -> Pair:
    issued = authority.issue(name, password=password)
    return Pair(issued.certificate, issued.key)


def _refused(pair: Pair) -> str:
    with pytest.raises(StackError) as error:
        pair.check()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_key_of_another_certificate_is_refused(authority: Authority) -> None:
    first, second = _pair(authority), _pair(authority, "other")
    assert _refused(Pair(first.certificate, second.key)) == (
        f"{second.key} is not the key of the certificate {first.certificate}"
    )


def test_files_of_another_kind_are_refused(authority: Authority) -> None:
    pair = _pair(authority)
    assert _refused(Pair(pair.key, pair.certificate)) == f"{pair.key} is not a certificate in PEM form"
    assert _refused(Pair(pair.certificate, pair.certificate)) == f"{pair.certificate} is not a private key in PEM form"


def test_an_encrypted_key_is_refused_without_a_question(authority: Authority) -> None:
    pair = _pair(authority, password="secret")
    assert _refused(pair) == f"{pair.key} is encrypted: the stack needs a key without a password"


def test_a_folder_is_not_a_key(authority: Authority, tmp_path: Path) -> None:
    assert _refused(Pair(_pair(authority).certificate, tmp_path)) == f"{tmp_path} can't be read: Is a directory"


@pytest.mark.parametrize(("begin", "end", "problem"), [(-9, -2, "expired on"), (2, 9, "is valid from")])
def test_a_certificate_out_of_its_time_is_refused(tmp_path: Path, begin: int, end: int, problem: str) -> None:
    now = datetime.now(UTC)
    times = now + timedelta(days=begin), now + timedelta(days=end)
    issued = trustme.CA().issue_cert("localhost", not_before=times[0], not_after=times[1])
    pair = Pair(tmp_path / "a.crt", tmp_path / "a.key")
    issued.cert_chain_pems[0].write_to_path(pair.certificate)
    issued.private_key_pem.write_to_path(pair.key)
    assert problem in _refused(pair)
