"""When a secret is read, read again, and what is held while it can't be."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from maas.domain.errors import Unavailable
from maas.security.secret_values import MAX_AGE, PAUSE, Secret
from tests.support.captured_logs import logged


class Store:
    """`text` is the secret's; None: nobody answers. `now` is the time."""

    def __init__(self) -> None:
        self.text: str | None = "1"
        self.reads = 0
        self.now = 1_800_000_000.0

    def read(self) -> str:
        self.reads += 1
        if self.text is None:
            raise Unavailable("scripted")
        return self.text


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def secret(store: Store) -> Secret[int]:
    return Secret(store.read, int, lambda: store.now)


def test_nothing_is_read_before_it_is_needed(store: Store, secret: Secret[int]) -> None:
    assert store.reads == 0
    assert (secret.value(), store.reads) == (1, 1)


def test_what_was_read_is_believed_for_its_time(store: Store, secret: Secret[int]) -> None:
    secret.value()
    store.text, store.now = "2", store.now + MAX_AGE
    assert (secret.value(), store.reads) == (1, 1)
    store.now += 1
    assert (secret.value(), store.reads) == (2, 2)


def test_held_never_reads_again(store: Store, secret: Secret[int]) -> None:
    assert secret.held() == 1
    store.text, store.now = "2", store.now + MAX_AGE * 100
    assert (secret.held(), store.reads) == (1, 1)


def test_renew_reads_at_once_but_not_over_and_over(store: Store, secret: Secret[int]) -> None:
    secret.value()
    store.text = "2"
    secret.renew()
    assert secret.held() == 2
    store.text, store.now = "3", store.now + PAUSE - 1
    for _ in range(100):
        secret.renew()
    assert (secret.held(), store.reads) == (2, 2)


@pytest.mark.parametrize("text", [None, "no number"])
def test_a_read_that_fails_leaves_what_is_held(store: Store, secret: Secret[int], text: str | None) -> None:
    secret.value()
    store.text, store.now = text, store.now + MAX_AGE + 1
    assert [secret.value() for _ in range(3)] == [1, 1, 1]
    assert store.reads == 2
    store.text, store.now = "2", store.now + PAUSE
    assert secret.value() == 2


def test_renew_says_when_it_failed_and_within_the_pause_that_it_did(store: Store, secret: Secret[int]) -> None:
    secret.value()
    store.text, store.now = None, store.now + PAUSE
    for _ in range(3):
        with pytest.raises(Unavailable):
            secret.renew()
    assert (secret.held(), store.reads) == (1, 2)


def test_without_anything_held_each_try_reads(store: Store, secret: Secret[int]) -> None:
    store.text = None
    for _ in range(3):
        with pytest.raises(Unavailable):
            secret.value()
    store.text = "2"
    assert (secret.value(), store.reads) == (2, 4)


def test_a_text_of_the_wrong_form_is_not_shown(store: Store, secret: Secret[int]) -> None:
    store.text = "the-password"
    with logged() as log, pytest.raises(Unavailable) as error:
        secret.value()
    assert "not of the form" in log()
    assert "the-password" not in f"{error.value} {error.value.__cause__} {log()}"


def test_threads_that_come_while_one_reads_get_what_it_has_read(store: Store) -> None:
    reading, go_on = threading.Event(), threading.Event()
    first = True

    def read() -> str:
        nonlocal first
        if first:
            first = False
            return "1"
        reading.set()
        assert go_on.wait(10)
        return store.read()

    secret = Secret(read, int, lambda: store.now)
    secret.value()
    store.text, store.now = "2", store.now + PAUSE

    def renewed() -> int:
        secret.renew()
        return secret.held()

    with ThreadPoolExecutor(8) as threads:
        found = [threads.submit(renewed) for _ in range(8)]
        assert reading.wait(10)
        go_on.set()
        assert [future.result() for future in found] == [2] * 8
    assert store.reads == 1
