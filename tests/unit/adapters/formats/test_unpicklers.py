"""The scan of pickles is compared with both unpicklers of CPython: whatever one of them executes is refused."""

import contextlib
import io
import pickle
import resource
import sys
from collections.abc import Iterator
from typing import Any, Self

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maas.adapters.formats.pickles import scan
from maas.adapters.formats.source import Source
from tests.samples.pickle_files import REAL, mutated
from tests.support import rounds


class Recorder:
    """An object that tells of each use. It is what the unpicklers below import."""

    used: list[str]

    def __new__(cls, *_: Any, **__: Any) -> Self:
        _use("new")
        return object.__new__(cls)

    def __call__(self, *_: Any, **__: Any) -> Self:
        _use("call")
        return self

    def __setstate__(self, state: object) -> None:
        _use("setstate")

    def append(self, item: object) -> None:
        _use("append")

    def extend(self, items: object) -> None:
        _use("extend")

    def add(self, item: object) -> None:
        _use("add")

    def __setitem__(self, key: object, value: object) -> None:
        _use("setitem")

    def __hash__(self) -> int:
        _use("hash")
        return 1

    def __eq__(self, other: object) -> bool:
        return self is other


def _use(how: str) -> None:
    Recorder.used.append(how)


@pytest.fixture(scope="module", autouse=True)
def bounded_memory() -> Iterator[None]:
    """Makes numbers of 4 bytes that an unpickler takes for sizes fail, where they would fill the memory."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def recorded(base: type, data: bytes, *, imports_class: bool) -> list[str]:
    """Returns what the unpickler imports of Python's own library, and does with whatever it imports or is given."""
    Recorder.used = []

    class Recording(base):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> object:
            names = f"{module}.{name}".split(".")
            if not all(each and f"_{each.replace('-', '')}".isidentifier() for each in names):
                raise AttributeError(name)  # as Python does: nothing has such a name
            if module.partition(".")[0] in sys.stdlib_module_names and hasattr(sys.modules.get(module), name):
                Recorder.used.append(f"import {module}.{name}")
            return Recorder if imports_class else object.__new__(Recorder)

        def persistent_load(self, pid: object) -> object:
            return object.__new__(Recorder)

    with contextlib.suppress(Exception):  # whatever it raises, what it did before counts
        Recording(io.BytesIO(data)).load()
    return Recorder.used


def check(data: bytes) -> int:
    """Returns whether an unpickler executes something for the bytes. Fails if it does, and the scan does not see it."""
    executed = False
    for base in (pickle._Unpickler, pickle.Unpickler):
        for imports_class in (True, False):
            if uses := recorded(base, data, imports_class=imports_class):
                executed = True
                assert scan(Source.of(data)).is_pickle, (base, uses, data)
    return executed


@given(mutated())
@settings(max_examples=40_000 if rounds.FULL else 400, deadline=None, suppress_health_check=[*HealthCheck])
def test_whatever_an_unpickler_executes_is_refused(data: bytes) -> None:
    check(data)


def test_the_mutations_reach_code_often() -> None:
    assert sum(check(data) for data in REAL) > 100


_OPCODES = [*(bytes([c]) for c in b"N()]}ltd012aesu\x94\x85\x86\x8f\x90\x91"), b"K\x01", b"I7\n"]
_OPCODES += [b"q\x00", b"h\x00", b"X\x01\x00\x00\x00a", b"p1\n", b"g1\n"]
_FAILURES = (pickle.UnpicklingError, LookupError, EOFError, TypeError, AttributeError, ValueError)


@given(st.lists(st.sampled_from(_OPCODES), max_size=12))
@settings(max_examples=1000)
def test_whatever_an_unpickler_takes_to_its_end_is_a_pickle(opcodes: list[bytes]) -> None:
    data = b"".join(opcodes) + b"."
    try:
        pickle._Unpickler(io.BytesIO(data)).load()
    except _FAILURES:
        return
    assert scan(Source.of(data)).is_pickle or len(opcodes) <= 2, data
