"""Bad requests, made from good ones by their descriptors. New fields are covered without a change here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

CONTROL = "a\x00b\x1b"
HUGE = "x" * 1_000_000
UNKNOWN_ID = "01890000-0000-7000-8000-000000000000"
DEEP_JSON = '{"a":' * 5_000 + "1" + "}" * 5_000
MANY = 1_001

# Bad values of text fields that have a meaning, by the field's name.
_WRONG: dict[str, tuple[str, ...]] = {
    "id": (UNKNOWN_ID, "no-id", "../models"),
    "model_id": (UNKNOWN_ID, "no-id"),
    "upload_id": (UNKNOWN_ID, "no-id"),
    "alias": ("", "Production", "x", "v1", "latest", "a" * 64),
    "framework": ("Onnx ", "caffe"),
    "status": ("Ready", "gone"),
    "version": ("1", "1.2", "01.2.3", "1.2.3-", "a.b.c", "9.9.9"),
    "ref": ("", "01.2.3", ">=", "9.9.9", "^9"),
    "bump": ("huge", "Major"),
    "parent": ("1.2", "9.9.9"),
    "sha256": ("zz" * 32, "ab" * 31),
    "cursor": ("garbage", "Z2FyYmFnZQ"),
    "metadata_json": (
        "[]",
        "{",
        "null",
        DEEP_JSON,
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
    ),
    "filename": ("../a", "a\\b", ".", ""),
    "storage_key": ("",),
    "storage_upload_id": ("",),
}
_INTEGERS = (-1, -(2**31), 2**31 - 1)
_LONGS = (*_INTEGERS, -(2**63), 2**63 - 1)
_NUMBERS = {FieldDescriptor.CPPTYPE_INT32: _INTEGERS, FieldDescriptor.CPPTYPE_INT64: _LONGS}


@dataclass(frozen=True, slots=True)
class Bad:
    """A request with one bad field.

    `field` is the path of that field (`artifact.signature.inputs.name`); `problem` describes its value.
    """

    field: str
    problem: str
    request: Message


def bad_messages(good: Message) -> Iterator[Bad]:
    """Yields copies of `good`, each with one field changed."""
    for path, holder_path, field in _fields(good):
        for problem, value in _values(field):
            request = type(good)()
            request.CopyFrom(good)
            _put(_holder(request, holder_path), field, value)
            yield Bad(path, problem, request)


def _fields(message: Message, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Yields (path, path of its message, field) of every field, also of those in messages that are set.

    Of a list of messages, only the first is visited.
    """
    for field in message.DESCRIPTOR.fields:
        path = (*prefix, field.name)
        inner = field.message_type
        if inner is None or inner.GetOptions().map_entry or inner is Timestamp.DESCRIPTOR:
            yield ".".join(path), prefix, field
            continue
        held: Any = getattr(message, field.name)
        if field.is_repeated:
            held = held[0] if held else None
        if held is not None and (field.is_repeated or message.HasField(field.name)):
            yield from _fields(held, path)


def _holder(message: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        message = getattr(message, name)
        if not isinstance(message, Message):
            message = message[0]
    return message


def _values(field: Any) -> Iterator[tuple[str, Any]]:
    if field.message_type is Timestamp.DESCRIPTOR:
        yield "a time past the year 9999", Timestamp(seconds=2**40)
        yield "nanoseconds below zero", Timestamp(seconds=1, nanos=-5)
    elif field.message_type is not None:
        yield from _entries(field.message_type.fields_by_name["value"])
    elif field.cpp_type in _NUMBERS:
        for number in _NUMBERS[field.cpp_type]:
            yield str(number), [number] if field.is_repeated else number
    elif field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        yield from _lists() if field.is_repeated else _texts(field.name)


def _texts(name: str) -> Iterator[tuple[str, str]]:
    yield "control characters", CONTROL
    yield "huge", HUGE
    for text in _WRONG.get(name, ()):
        yield repr(text[:24]), text


def _lists() -> Iterator[tuple[str, list[str]]]:
    yield "an empty item", [""]
    yield "control characters", ["good", CONTROL]
    yield "huge", [HUGE]
    yield "too many", [f"item-{number}" for number in range(MANY)]


def _entries(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    plain: Any = "text" if value.cpp_type == FieldDescriptor.CPPTYPE_STRING else 0.5
    yield "an empty name", {"": plain}
    yield "control characters in a name", {CONTROL: plain}
    yield "a huge name", {HUGE: plain}
    yield "too many", {f"name-{number}": plain for number in range(MANY)}
    wrong: Any = (CONTROL, HUGE) if plain == "text" else (float("nan"), float("inf"), -float("inf"))
    for text in wrong:
        yield f"the value {str(text)[:8]!r}", {"name": text}


def _put(holder: Any, field: Any, value: Any) -> None:
    if field.is_repeated:
        holder.ClearField(field.name)
        target = getattr(holder, field.name)
        target.update(value) if isinstance(value, dict) else target.extend(value)
    elif isinstance(value, Message):
        getattr(holder, field.name).CopyFrom(value)
    else:
        setattr(holder, field.name, value)
