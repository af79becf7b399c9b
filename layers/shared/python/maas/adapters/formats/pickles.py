"""Pickles, which run code when they are loaded. They are recognized by reading their opcodes; nothing is executed.

A pickle has no mark of its own in its older protocols, and a file of another format can begin so that it is a pickle as
well. So every file is tried.
"""

import pickletools
from dataclasses import dataclass, field

from maas.adapters.formats.findings import shown
from maas.adapters.formats.source import Source

# Opcodes that import or call something.
_CALLS_TEXT = """
GLOBAL INST STACK_GLOBAL REDUCE OBJ NEWOBJ NEWOBJ_EX BUILD EXT1 EXT2 EXT4 PERSID BINPERSID
"""
_CALLS = frozenset(_CALLS_TEXT.split())
_TEXTS_TEXT = """
SHORT_BINUNICODE BINUNICODE UNICODE BINUNICODE8 STRING BINSTRING SHORT_BINSTRING
"""
_TEXTS = frozenset(_TEXTS_TEXT.split())
# A file that goes on as a pickle for so long is one, and the rest need not be read.
_OPCODES_MAX = 20_000
_ARGUMENT_MAX = 1 << 26
_NAMED_MAX = 5


@dataclass(slots=True)
class Scan:
    """`ended`: whether the opcodes go on to the end of a pickle. `names` are what it imports."""

    opcodes: int = 0
    calls: bool = False
    ended: bool = False
    names: list[str] = field(default_factory=list)

    @property
    def is_pickle(self) -> bool:
        """Tells whether loading the file as a pickle would do something."""
        return (self.ended and (self.calls or self.opcodes > 2)) or (self.calls and self.opcodes >= 8)

    def imports(self) -> str:
        """A clause for people with the names of what it imports; empty if none is known."""
        first = dict.fromkeys(self.names[:_NAMED_MAX])
        return f" that imports {', '.join(first)}" if first else ""


class _Limited:
    """A stream for pickletools, which trusts announced lengths."""

    def __init__(self, file: Source, at: int) -> None:
        self._stream = file.stream(at)

    def read(self, count: int) -> bytes:
        return self._stream.read(max(0, min(count, _ARGUMENT_MAX)))

    def readline(self) -> bytes:
        return self._stream.readline(_ARGUMENT_MAX)


class _Stack:
    """The stack of an unpickler as far as its depth: a text whose characters are opcodes needs more than it has.

    The rules are those of pickletools.dis.
    """

    def __init__(self) -> None:
        self._items: list[object] = []
        self._known: set[object] = set()

    def take(self, opcode: pickletools.OpcodeInfo, argument: object) -> None:
        """Takes an opcode. Raises IndexError or KeyError where an unpickler would fail."""
        pops = [each for each in opcode.stack_before if each is not pickletools.stackslice]
        if pickletools.markobject in pops:
            while self._items.pop() is not pickletools.markobject:
                pass
            pops = pops[: pops.index(pickletools.markobject)]
        for _ in pops:
            self._items.pop()
        self._remember(opcode.name, argument)
        self._items.extend(opcode.stack_after)

    def _remember(self, name: str, argument: object) -> None:
        if name == "MEMOIZE":
            self._known.add(len(self._known))
        elif name in {"PUT", "BINPUT", "LONG_BINPUT"}:
            self._known.add(argument)
        elif name in {"GET", "BINGET", "LONG_BINGET"} and argument not in self._known:
            raise KeyError(argument)


def scan(file: Source, at: int = 0) -> Scan:
    """Reads opcodes from `at` on, up to the end of the pickle or to the first one that an unpickler could not take."""
    found, stack = Scan(), _Stack()
    texts: list[str] = []
    try:
        for opcode, argument, _ in pickletools.genops(_Limited(file, at)):  # type: ignore[arg-type]
            stack.take(opcode, argument)
            found.opcodes += 1
            found.calls |= opcode.name in _CALLS
            found.ended = opcode.name == "STOP"
            if opcode.name in _TEXTS:
                texts = [*texts[-1:], str(argument)[:200]]
            elif opcode.name in {"GLOBAL", "INST"}:
                found.names.append(shown(str(argument).replace(" ", ".", 1)))
            elif opcode.name == "STACK_GLOBAL" and len(texts) == 2:
                found.names.append(shown(".".join(texts)))
            if found.opcodes > _OPCODES_MAX:
                break
    except (ValueError, OverflowError, UnicodeError, LookupError):
        pass  # not a pickle from here on
    return found
