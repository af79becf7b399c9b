"""Pickles, which run code when they are loaded. They are recognized by following their opcodes; nothing is executed.

A pickle has no mark of its own in its older protocols, and a file of another format can begin so that it is a pickle as
well. So every file is tried. What an unpickler executes before it fails counts too: a pickle needs no end.

Where the unpicklers might go on, the scan goes on. It keeps no values except texts, which STACK_GLOBAL imports by.
"""

import _compat_pickle
import ast
import pickletools
import sys
from dataclasses import dataclass, field

from maas.adapters.formats.findings import shown
from maas.adapters.formats.pickle_tape import UNKNOWN, Argument, FailsError, ReachedError, Tape, Unknown
from maas.adapters.formats.source import Source

# Opcodes that call what has been imported, or a method of it. Without an import the first four fail.
_CALLS = frozenset(("REDUCE", "OBJ", "NEWOBJ", "NEWOBJ_EX"))
_USES = _CALLS | {"INST", "BUILD", "APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "DICT", "FROZENSET"}
# Opcodes that give an object from outside. A text that begins with P has one of these, so they alone prove nothing.
_OUTSIDE = frozenset(("PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4", "NEXT_BUFFER"))
_PUTS, _GETS = frozenset(("PUT", "BINPUT", "LONG_BINPUT")), frozenset(("GET", "BINGET", "LONG_BINGET"))
# Loaded, so that `_exists` knows its names: a list of actors may begin with "cast".
_ = ast
_STANDARD = sys.stdlib_module_names | _compat_pickle.IMPORT_MAPPING.keys()
_PROTOCOL_MAX = 5
# A file that goes on as a pickle for so long is one, and the rest need not be read.
OPCODES_MAX = 50_000
# Texts such as "N." have one or two opcodes and an end.
_HARMLESS_MAX = 2
_NAMED_MAX = 5


@dataclass(slots=True)
class Scan:
    """`is_pickle`: whether loading the file as a pickle would do something. `names` are what it imports."""

    is_pickle: bool = False
    names: list[str] = field(default_factory=list)

    def imports(self) -> str:
        """A clause for people with the names of what it imports; empty if none is known."""
        first = dict.fromkeys(shown(name) for name in self.names[:_NAMED_MAX])
        return f" that imports {', '.join(first)}" if first else ""


class _Machine:
    """An unpickler whose values are texts and nothing else. A mark begins a new part of the stack."""

    def __init__(self, tape: Tape, names: list[str]) -> None:
        self._tape, self._names = tape, names
        self._parts: list[list[str | Unknown | None]] = [[]]
        self._memo: dict[object, str | Unknown | None] = {}
        # Whether an object from outside is on the stack, or has been.
        self._outside = False
        self._opcodes = 0

    def run(self) -> None:
        """Follows the opcodes. Raises FailsError where an unpickler fails, ReachedError where it executes something."""
        for _ in range(OPCODES_MAX):
            opcode = self._tape.opcode()
            argument = self._tape.argument(opcode)
            self._opcodes += 1
            self._step(opcode, argument)
        raise ReachedError

    def _step(self, opcode: pickletools.OpcodeInfo, argument: Argument) -> None:
        name = opcode.name
        if isinstance(argument, tuple):  # INST as well: Python's unpickler imports before it looks for a mark
            self._import(*argument)
        popped = self._popped(opcode)
        if name == "STACK_GLOBAL":
            self._import(*popped)
        elif name in _OUTSIDE:
            self._outside = True
        elif name in _USES and self._outside:
            raise ReachedError
        elif name in _CALLS or (name == "PROTO" and isinstance(argument, int) and argument > _PROTOCOL_MAX):
            raise FailsError
        if name == "STOP":
            self._stop()
        else:
            self._push(opcode, argument, popped)

    def _import(self, *names: str | Unknown | None) -> None:
        if UNKNOWN in names:
            raise ReachedError
        module, name = (each if isinstance(each, str) and _is_name(each) else "" for each in names)
        if not module or not name:
            raise FailsError
        self._names.append(f"{module}.{name}")
        if _exists(module, name):
            raise ReachedError
        self._outside = True

    def _popped(self, opcode: pickletools.OpcodeInfo) -> list[str | Unknown | None]:
        """Pops what the opcode takes. The last ones are those on top; what follows a mark is dropped."""
        if opcode.name == "POP" and not self._parts[-1]:
            self._pop_mark()
            return []
        before = list(opcode.stack_before)
        if pickletools.markobject in before:
            at = before.index(pickletools.markobject)
            if self._pop_mark() < len(before) - at - 2:
                raise FailsError
            before = before[:at]
        part = self._parts[-1]
        if len(part) < len(before):
            raise FailsError
        popped = part[len(part) - len(before) :]
        del part[len(part) - len(before) :]
        return popped

    def _pop_mark(self) -> int:
        if len(self._parts) == 1:
            raise FailsError
        return len(self._parts.pop())

    def _push(self, opcode: pickletools.OpcodeInfo, argument: Argument, popped: list[str | Unknown | None]) -> None:
        name, part = opcode.name, self._parts[-1]
        if name == "MARK":
            self._parts.append([])
        elif name in _PUTS or name == "MEMOIZE":
            part.extend(popped)
            if not part:
                raise FailsError
            self._memo[len(self._memo) if name == "MEMOIZE" else argument] = part[-1]
        elif name in _GETS:
            if argument not in self._memo:
                raise FailsError
            part.append(self._memo[argument])
        elif name == "DUP":
            part.extend(popped * 2)
        else:
            text = argument if isinstance(argument, str | Unknown) else None
            part.extend(text for _ in opcode.stack_after)

    def _stop(self) -> None:
        """Goes on behind a pickle that has no effect: programs load one after another from a file."""
        if self._outside or self._memo or self._opcodes > _HARMLESS_MAX + 1:
            raise ReachedError
        self._parts, self._opcodes = [[]], 0


def _is_name(text: str) -> bool:
    """Returns whether a module or an attribute can have the name. An import by another one fails."""
    return all(part and f"_{part.replace('-', '')}".isidentifier() for part in text.split("."))


def _exists(module: str, name: str) -> bool:
    """Returns whether Python's own library has it. A loaded module tells, so that "cos" and "ios" may be words."""
    loaded = sys.modules.get(module)
    return (
        module.partition(".")[0] in _STANDARD
        and all(part.isidentifier() for part in name.split("."))
        and (loaded is None or name.partition(".")[0] in vars(loaded))
    )


def scan(file: Source, at: int = 0) -> Scan:
    """Follows opcodes from `at` on, up to the first one that executes something, or that no unpickler could take."""
    found = Scan()
    try:
        _Machine(Tape(file, at), found.names).run()
    except ReachedError:
        found.is_pickle = True
    except (FailsError, ValueError, OverflowError):
        pass  # no unpickler goes on from here
    return found
