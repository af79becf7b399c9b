"""The chain of limits from the functions' memory to the largest file that can be uploaded, validated and served.

Memory is in MB as in `MemorySize`, one of which is 1024 * 1024 bytes; all results are bytes. The factors were measured
in Lambda's image: docs/benchmarks.md#models-as-large-as-the-limit.
"""

MIB = 1024 * 1024
# The memory of a function's own process: Python, libraries, and the request.
PROCESS = 192 * MIB
# A file is held as parsed and as the tensors made of it while it is loaded. The tenth is for all else.
LOADED_PERCENT = 220
# The validator's child holds the file's bytes too, because it may open no file.
CHECKED_PERCENT = 330
# A protobuf message can't be longer: https://protobuf.dev/programming-guides/proto-limits
PROTOBUF_MAX = 2**31 - 1


def usable(memory: int) -> int:
    """The bytes that the processes of a function may use; Lambda's runtime and the kernel have the tenth left."""
    return memory * MIB * 9 // 10


def for_models(memory: int) -> int:
    """The bytes that loading and calling a model may take in a function, beside the function's own process."""
    return usable(memory) - PROCESS


def file_max(inference: int, validator: int) -> int:
    """The size of the largest file: both functions can load it. It is a whole number of MiB, or protobuf's limit."""
    served = for_models(inference) * 100 // LOADED_PERCENT
    checked = for_models(validator) * 100 // CHECKED_PERCENT
    return min(served // MIB * MIB, checked // MIB * MIB, PROTOBUF_MAX)
