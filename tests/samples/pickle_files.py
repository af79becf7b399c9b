"""Pickles that run code in unusual ways, and mutations of real pickles."""

import collections
import datetime as dt
import decimal
import fractions
import pickle
import random
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.samples.refused_files import Exploit

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
