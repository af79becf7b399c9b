"""Reads of a secret: the first one, later ones, and failed ones."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from maas.domain.errors import Unavailable
from maas.security.secret_values import MAX_AGE, PAUSE, Secret
from tests.support.captured_logs import logged


class Store:
    """`text` is the secret's text; None: the read fails. `now` is the time."""

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


def test_a_secret_is_read_at_its_first_use(store: Store, secret: Secret[int]) -> None:
    assert store.reads == 0
    assert (secret.value(), store.reads) == (1, 1)


def test_a_value_is_used_until_its_maximum_age(store: Store, secret: Secret[int]) -> None:
    secret.value()
    store.text, store.now = "2", store.now + MAX_AGE
    assert (secret.value(), store.reads) == (1, 1)
    store.now += 1
    assert (secret.value(), store.reads) == (2, 2)


def test_cached_never_reads_again(store: Store, secret: Secret[int]) -> None:
    assert secret.cached() == 1
    store.text, store.now = "2", store.now + MAX_AGE * 100
    assert (secret.cached(), store.reads) == (1, 1)


def test_renew_reads_once_per_pause(store: Store, secret: Secret[int]) -> None:
    secret.value()
    store.text = "2"
    secret.renew()
    assert secret.cached() == 2
    store.text, store.now = "3", store.now + PAUSE - 1
    for _ in range(100):
        secret.renew()
    assert (secret.cached(), store.reads) == (2, 2)


@pytest.mark.parametrize("text", [None, "no number"])
def test_a_failed_read_keeps_the_cached_value(store: Store, secret: Secret[int], text: str | None) -> None:
    secret.value()
    store.text, store.now = text, store.now + MAX_AGE + 1
    assert [secret.value() for _ in range(3)] == [1, 1, 1]
    assert store.reads == 2
    store.text, store.now = "2", store.now + PAUSE
    assert secret.value() == 2


def test_renew_repeats_its_failure_within_the_pause(store: Store, secret: Secret[int]) -> None:
    secret.value()
    store.text, store.now = None, store.now + PAUSE
    for _ in range(3):
        with pytest.raises(Unavailable):
            secret.renew()
    assert (secret.cached(), store.reads) == (1, 2)


def test_without_a_cached_value_every_attempt_reads(store: Store, secret: Secret[int]) -> None:
    store.text = None
    for _ in range(3):
        with pytest.raises(Unavailable):
            secret.value()
    store.text = "2"
    assert (secret.value(), store.reads) == (2, 4)


def test_a_malformed_text_is_not_shown(store: Store, secret: Secret[int]) -> None:
    store.text = "the-password"
    with logged() as log, pytest.raises(Unavailable) as error:
        secret.value()
    assert "malformed" in log()
    assert "the-password" not in f"{error.value} {error.value.__cause__} {log()}"


def test_threads_that_arrive_during_a_read_get_its_result(store: Store) -> None:
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
        return secret.cached()

    with ThreadPoolExecutor(8) as threads:
        found = [threads.submit(renewed) for _ in range(8)]
        assert reading.wait(10)
        go_on.set()
        assert [future.result() for future in found] == [2] * 8
    assert store.reads == 1
