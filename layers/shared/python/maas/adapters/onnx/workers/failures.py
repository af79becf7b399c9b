"""Why a worker has no result."""

from enum import StrEnum


class Failure(StrEnum):
    MEMORY = "memory"  # there is not enough memory
    LATE = "late"  # the time limit has passed
    NOT_COMPUTABLE = "not_computable"  # the model can't compute these values
    UNLOADABLE = "unloadable"  # the runtime can't load the file
    TOO_LONG = "too_long"  # the outputs are longer than an answer may be
