"""What a pickle's opcodes execute is seen, whether or not they go on to an end, as both unpicklers of CPython do it."""

import collections
import contextlib
import datetime as dt
import decimal
import fractions
import io
import pickle
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import joblib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maas.adapters.formats.pickles import scan
from maas.adapters.formats.source import Source
from tests.samples.refused_files import Exploit
from tests.support import rounds
from tests.support.format_files import found, refusal

CALL = b"cos\nsystem\n(S'echo PWNED'\ntR"
RUNS = {
    "many opcodes": b"I1\n0" * 10_001 + CALL + b".",
    "no end": CALL + b"\n",
    "a text behind it": CALL + b"\nhello: this is text\n",
    "base 16": b"I0x1\n0" + CALL + b".",
    "base 16, long": b"L0x1L\n0" + CALL + b".",
    "base 8": b"I0o17\n0" + CALL + b".",
    "base 8 of C": b"I017\n0" + CALL + b".",
    "underscores": b"I1_0\n0" + CALL,
    "5,000 digits": b"I" + b"1" * 5_000 + b"\n0" + CALL,
    "64 MiB": b"V" + b"a" * 67_108_865 + b"\n0" + CALL + b".",
    "a second pickle": b"N." + CALL,
    "a memo key in other digits": b"V \np+0_7\n0cos\nsystem\n(S'echo PWNED'\ng7\n0tR",
    "a name from the memo": b"Vos\np1\n0Vsystem\np2\n0g1\ng2\n\x93(S'echo PWNED'\ntR",
    "an escaped name": b"S'o\\x73'\nVsystem\n\x93(S'echo PWNED'\ntR",
    "INST": b"(S'echo PWNED'\nios\nsystem\n",
    "OBJ": b"(cos\nsystem\nS'echo PWNED'\no",
    "BUILD": b"ccollections\nOrderedDict\n(dS'a'\nNsb",
    "an append to an object": b"csys\npath\nS'/tmp'\na",
}


@pytest.mark.parametrize("name", RUNS)
def test_what_runs_before_it_ends_or_fails_is_refused(tmp_path: Path, name: str) -> None:
    assert "a Python pickle" in refusal(tmp_path, RUNS[name])


def test_these_files_run_a_command_in_the_unpickler() -> None:
    for name in ("many opcodes", "no end", "base 16", "base 16, long", "64 MiB", "a name from the memo", "INST", "OBJ"):
        failing = contextlib.suppress(pickle.UnpicklingError, EOFError)
        with patch("os.system", return_value=0) as system, failing:
            pickle.loads(RUNS[name])
        system.assert_called_once_with("echo PWNED")


TEXTS = [
    "cat\ndog\nbird\n",
    "ios\nandroid\nweb\n",
    "city,price\nBerlin,3\nParis,4\n",
    "count\n1\n2\n3\n",
    "cos\n0.5\n1.0\n",
    "Project\n=======\nWhat it does.\n",
    "Panda\ncat\ndog\nsnake\n",
    "(c) 2024 A Company\nAll rights reserved\nor not\n",
    "Price list\ncars, 3\nbikes, 4\n",
    "import numpy\nimport os\n",
    "MIT License\n\nCopyright (c) 2024\n",
    "class\n0\n1\n",
    "INFO started\nINFO ended\n",
    "N/A\n",
    "K-means\n",
    "Version 1\nVersion 2\n",
    "I\nwandered\nlonely as a cloud\n",
    "(lines\nof a poem)\n",
    "0 1 2\n",
    "Q1,Q2\n1,2\n",
    "]\n",
    "S'il vous plait\n",
    "L1 and L2\n",
    "GNU GENERAL PUBLIC\n",
    "classes:\n- a\n- b\n",
    "code of conduct\n\nBe kind.\n",
    "Jane\nJohn\n",
    "Fig. 1\n",
    "Python\ncode\nis\nfun\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_an_ordinary_text_is_no_pickle(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text.encode())["format"] in {"text", "markdown", "csv", "yaml", "json"}


def test_the_texts_of_this_project_are_no_pickles() -> None:
    root = Path(__file__).parents[4]
    texts = [path for end in ("md", "py", "json", "csv", "yaml", "toml") for path in root.glob(f"docs/**/*.{end}")]
    texts += [*root.glob("*.md"), *root.glob("layers/shared/python/maas/**/*.py"), *root.glob("*.toml")]
    assert len(texts) > 100
    assert [str(path) for path in texts if scan(Source.of(path.read_bytes())).is_pickle] == []


def test_a_text_that_joblib_unpacks_and_loads_is_refused(tmp_path: Path) -> None:
    # A block that deflate stores as it is, of 0x4020 bytes: its length and the complement of that are UTF-8.
    data = b"x^P\x20\x40\xdf\xbf" + (CALL + b".").ljust(0x4020) + b"\n"
    (tmp_path / "notes.txt").write_bytes(data)
    with patch("os.system", return_value=0) as system, contextlib.suppress(Exception):
        joblib.load(tmp_path / "notes.txt")
    system.assert_called_once_with("echo PWNED")
    assert "a zlib file around a Python pickle" in refusal(tmp_path, data)


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


def recorded(base: type, data: bytes, *, imports_class: bool) -> list[str]:
    """What the unpickler imports of Python's own library, and does with whatever it imports or is given."""
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


class Slotted:
    __slots__ = ("a",)

    def __init__(self) -> None:
        self.a = {1, (2,)}


def _real(protocol: int) -> list[bytes]:
    values = [
        Exploit(),
        [Exploit()],
        {"a": Exploit()},
        (Exploit(), 1.5),
        {frozenset((1, 2)): b"x"},
        collections.Counter("aab"),
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        decimal.Decimal("1.5"),
        fractions.Fraction(1, 3),
        1 << 2000,
        -7,
        2**40,
        "text\n",
        [1, [2, [3, {}]]],
        bytearray(b"xyz"),
        print,
        collections.OrderedDict(a=1),
        range(3),
        ["a" * 300] * 3,
        collections.defaultdict(list, a=[1]),
        True,
        None,
        complex(1, 2),
        slice(1, 2),
        {"k": (None, True)},
    ]
    if protocol >= 2:
        values.append(Slotted())
    return [pickle.dumps(value, protocol) for value in values]


REAL = [data for protocol in range(6) for data in _real(protocol)] + [*RUNS.values()][1:9] + [*RUNS.values()][10:]
_PIECES = [
    b"I0x1\n0",
    b"I010\n0",
    b"L0x1L\n0",
    b"I1_0\n0",
    b"I" + b"1" * 5000 + b"\n0",
    b"F1e5\n0",
    b"F1_0\n0",
    b"Va\n0",
    b"S'a'\n0",
    b"N0",
    b"(0",
    b"(1",
    b"N20" * 2 + b"0",
    b"]0",
    b"N.",
    b"V\np0\n0",
    b"Va\np1\n0",
    b"\x80\x02",
    b"\x80\x05",
    b"\x95" + bytes(8),
    b"\x95\x04" + bytes(7) + b"N0N0",
    b"I1\n0" * 500,
    b"X\x01\0\0\0a0",
    b"\x8a\x01\x010",
    b"N\x940",
    b"T" + (70_000).to_bytes(4, "little") + b"a" * 70_000 + b"0",
    b"V" + b"a" * 70_000 + b"\n0",
    b"P1\n0",
    b"NQ0",
    b"\x82\x010",
    b"N)b0",
    b"(I1\nI2\nd0",
    b"Nr\xff\xff\0\x000",
    b"\x970",
    b"N\x980",
    b"P1\n",
    b"Q",
    b"b",
    b"a",
    b"R",
    b"o",
    b"I1\0junk\n0",
    b"F1.5\0\n0",
    b"L5\0x\n0",
    b"V\\u0061\n0",
    b"c",
    b"i",
    b"\x93",
    b"e",
    b"s",
    b"u",
    b"\x90",
    b"\x91",
    b"0",
    b"1",
    b"2",
    b"(",
    b"\x85",
    b"\x86",
    b"\x87",
    b"t",
    b"l",
    b"d",
    b"\x81",
    b"\x92",
    b"\x94",
    b"\n",
    b" ",
    b"\r",
    b"ccat\ndog\n",
]


@st.composite
def mutated(draw: Callable[[Any], Any]) -> bytes:
    """A real pickle with pieces before it, in it and behind it, with bytes changed, cut out or repeated."""
    random_ = random.Random(draw(st.integers(0, 1 << 62)))
    data = bytearray(random_.choice(REAL))
    for _ in range(random_.choice((0, 0, 1, 1, 2, 4))):
        at = random_.choice((0, 0, 2, len(data), random_.randrange(len(data) + 1)))
        data[at:at] = random_.choice(_PIECES)
    for _ in range(random_.choice((0, 0, 0, 1, 2))):
        at = random_.randrange(len(data) or 1)
        how = random_.randrange(4)
        if how == 0:
            data[at : at + 1] = bytes([random_.randrange(256)])
        elif how == 1:
            del data[at : at + random_.choice((1, 1, 2, 8))]
        elif how == 2:
            data[at:at] = data[at : at + random_.randrange(20)]
        else:
            del data[at:]
    return bytes(data)


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
