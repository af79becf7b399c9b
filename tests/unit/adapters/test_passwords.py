import threading
import time

import argon2
import pytest

from maas.adapters import passwords
from maas.adapters.passwords import HASHES_MAX, Argon2Passwords
from maas.domain.errors import Exhausted


@pytest.fixture(scope="module")
def hasher() -> Argon2Passwords:
    return Argon2Passwords()


def test_a_password_matches_its_own_hash_only(hasher: Argon2Passwords) -> None:
    stored = hasher.hash("correct horse")
    assert hasher.matches(stored, "correct horse")
    assert not hasher.matches(stored, "correct horsf")


def test_a_hash_is_argon2id_with_19_mib_and_its_own_salt(hasher: Argon2Passwords) -> None:
    one, two = hasher.hash("correct horse"), hasher.hash("correct horse")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != two


def test_without_a_hash_nothing_matches(hasher: Argon2Passwords) -> None:
    assert not hasher.matches(None, "")
    assert not hasher.matches(None, "correct horse")


def test_the_hash_of_unknown_users_costs_as_much(hasher: Argon2Passwords) -> None:
    real = argon2.extract_parameters(hasher.hash("correct horse"))
    assert argon2.extract_parameters(passwords._UNKNOWN) == real


@pytest.fixture(scope="module")
def older() -> str:
    """A hash with the parameters of another release."""
    return argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=2).hash("correct horse")


def test_a_hash_is_verified_with_its_own_parameters(hasher: Argon2Passwords, older: str) -> None:
    assert hasher.matches(older, "correct horse")
    assert not hasher.matches(older, "correct horsf")


def test_only_a_hash_with_other_parameters_is_outdated(hasher: Argon2Passwords, older: str) -> None:
    assert hasher.is_outdated(older)
    assert hasher.is_outdated(argon2.PasswordHasher(2, 19 * 1024, 1, type=argon2.Type.I).hash("correct horse"))
    assert not hasher.is_outdated(hasher.hash("correct horse"))


class _Slow:
    """Stands for the hash function, and counts how many run at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.running = self.most = 0

    def hash(self, password: str) -> str:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.02)
        with self._lock:
            self.running -= 1
        return password


def test_no_more_hashes_than_allowed_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded, slow = Argon2Passwords(), _Slow()
    monkeypatch.setattr(bounded, "_hasher", slow)
    threads = [threading.Thread(target=bounded.hash, args=("correct horse",)) for _ in range(4 * HASHES_MAX)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert slow.most == HASHES_MAX


def test_a_hash_that_waits_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded, going_on = Argon2Passwords(patience=0.01), threading.Event()

    class Stuck(_Slow):
        def hash(self, password: str) -> str:
            going_on.wait()
            return password

    with monkeypatch.context() as patched:
        patched.setattr(bounded, "_hasher", Stuck())
        threads = [threading.Thread(target=bounded.hash, args=("correct horse",)) for _ in range(HASHES_MAX)]
        for thread in threads:
            thread.start()
        with pytest.raises(Exhausted):
            bounded.matches(None, "correct horse")
        going_on.set()
        for thread in threads:
            thread.join()
    assert not bounded.matches(None, "correct horse")
