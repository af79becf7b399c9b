"""The exceptions of ONNX Runtime, and their messages made fit for a model's owner.

The validator's child process imports this module, so it imports printable.py alone of maas.
"""

import re

from onnxruntime.capi import onnxruntime_pybind11_state

from maas.adapters.onnx.printable import printable

# ONNX Runtime's exceptions have no common base class; other C++ exceptions arrive as built-in ones.
ORT_ERRORS: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    MemoryError,
    *(
        kind
        for kind in vars(onnxruntime_pybind11_state).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
)

_MEMORY = ("bad_alloc", "Failed to allocate memory")
# Longer messages have a name of the file in them. The bound keeps the search for places in the source short.
_READ_MAX = 4_000

_CODE = re.compile(r"\[ONNXRuntimeError\] : \d+ : \w+ : ")
_PREFIXES = re.compile(
    r"^(?:(?:Load model from .{1,80}? failed:|Exception during initialization:|Fatal error:"
    r"|This is an invalid model\.) ?)+"
)
_NODE = re.compile(r"Non-zero status code returned while running (\w+) node\. Name:'([^']*)' Status Message: ")
# The place in the library's source, in front of the message: "/x/y.cc:12 void ns::f(int) const " or "y.h:12 F ".
_PLACE = re.compile(r"([\w./+\\:-]*[/\\])?[\w+-]+\.(?:cc|cpp|cxx|cu|h|hpp|inc|py)(?::\d+|\(\d+\)|, line \d+)[ :]*")
# A C++ function may go on after its parameters: "::<lambda()>", " const", " [with T = float]".
_PARAMETERS_OR_AFTER = re.compile(r"(?:::)?<lambda(?=\()|>|::\w+(?=\()|(?=\()| const\b| noexcept\b|\s*(?=\[with )")
_BRACKETS = {"(": ")", "[": "]"}
# A condition of the source; the sentence after it has the cause.
_CONDITION = re.compile(r"^.{1,300}? was false\. (?=\S)")
_SERVER_PATH = re.compile(
    r"(?<![\w/.])/(?:onnxruntime_src|build|home|opt|root|tmp|usr|var|__w|Users|proc|dev)/[^\s'\",;)]*"
)
# Advice for the person who installed the library. The owner of a model can't follow it.
_ADVICE = re.compile(
    r"[\s:]*(?:please,? )?(?:install|register the|configure locales|use the \S+ package|recompile|rebuild)\b[^.]*\.?",
    re.IGNORECASE,
)
_TRACE = re.compile(r"\s*(?:Stacktrace|Traceback|==> Context: |#\d+ 0x[0-9a-f]+).*", re.DOTALL | re.IGNORECASE)


def cleaned(error: BaseException | str) -> str:
    """What ONNX Runtime, onnx or protobuf say of a model: one printable line of at most TEXT_MAX characters.

    The codes, source files, functions and paths of the library are removed, and its advice about the installation.
    Names from the model stay, also those that look like paths ("/layer1/Conv").
    """
    text = _TRACE.sub("", _CODE.sub("", str(error)[:_READ_MAX]))
    while place := _PLACE.search(text):
        rest = text[place.end() :]
        text = text[: place.start()] + (_without_function(rest) if place[1] else rest.partition(" ")[2])
    text = _NODE.sub(_node, _PREFIXES.sub("", text))
    return printable(_ADVICE.sub("", _SERVER_PATH.sub("(a path)", text))).strip(" :;,")


def is_memory(error: BaseException) -> bool:
    """Returns whether ONNX Runtime ran out of memory."""
    return isinstance(error, MemoryError) or any(text in str(error) for text in _MEMORY)


def _node(found: re.Match[str]) -> str:
    return f"node {found[2]} ({found[1]}): " if found[2] else f"operator {found[1]}: "


def _without_function(text: str) -> str:
    """Removes the C++ function, and the failed condition, at the start of `text`."""
    position = text.find("(")
    while 0 <= position < len(text) and (found := _PARAMETERS_OR_AFTER.match(text, position)):
        position = _end_of_group(text, found.end())
    return _CONDITION.sub("", text[max(position, 0) :].lstrip())


def _end_of_group(text: str, start: int) -> int:
    """Returns the position after the bracketed group that begins at `start`, or `start` if none begins there."""
    closing = _BRACKETS.get(text[start : start + 1])
    depth = 0
    for position in range(start, len(text) if closing else start):
        depth += (text[position] == text[start]) - (text[position] == closing)
        if depth == 0:
            return position + 1
    return start
