"""A TensorFlow Lite model of one operator, built with the library of FlatBuffers."""

import flatbuffers


def _vector(builder: flatbuffers.Builder, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _numbers(builder: flatbuffers.Builder, numbers: list[int]) -> int:
    builder.StartVector(4, len(numbers), 4)
    for number in reversed(numbers):
        builder.PrependInt32(number)
    return int(builder.EndVector())


def _table(builder: flatbuffers.Builder, size: int, **fields: tuple[str, int]) -> int:
    builder.StartObject(size)
    for name, (kind, value) in fields.items():
        slot = int(name[1:])
        if kind == "table":
            builder.PrependUOffsetTRelativeSlot(slot, value, 0)
        elif kind == "i8":
            builder.PrependInt8Slot(slot, value, 0)
        else:
            builder.PrependUint32Slot(slot, value, 0)
    return int(builder.EndObject())


def model(builtin: int = 9) -> bytes:
    """One fully connected layer: an input, weights, an output."""
    builder = flatbuffers.Builder(1024)
    values = builder.CreateByteVector(bytes(range(12)))
    buffers = _vector(builder, [_table(builder, 3), _table(builder, 3, f0=("table", values))])
    tensors = []
    for name, shape, buffer in (("x", [1, 3], 0), ("w", [1, 3], 1), ("y", [1, 1], 0)):
        text, sizes = builder.CreateString(name), _numbers(builder, shape)
        fields = {"f0": ("table", sizes), "f1": ("i8", 0), "f2": ("u32", buffer), "f3": ("table", text)}
        tensors.append(_table(builder, 10, **fields))
    listed = _vector(builder, tensors)
    ins, outs, used = _numbers(builder, [0]), _numbers(builder, [2]), _numbers(builder, [0, 1])
    operator = _table(builder, 9, f0=("u32", 0), f1=("table", used), f2=("table", outs))
    operators = _vector(builder, [operator])
    fields = {"f0": ("table", listed), "f1": ("table", ins), "f2": ("table", outs), "f3": ("table", operators)}
    graphs = _vector(builder, [_table(builder, 6, **fields)])
    codes = _vector(builder, [_table(builder, 4, f0=("i8", builtin))])
    text = builder.CreateString("by hand")
    parts = {"f1": ("table", codes), "f2": ("table", graphs), "f3": ("table", text), "f4": ("table", buffers)}
    builder.Finish(_table(builder, 8, f0=("u32", 3), **parts), file_identifier=b"TFL3")
    return bytes(builder.Output())
