"""The refusal of a file, for every module of the validator's child process."""

OUT_OF_MEMORY = "loading it, or calling it once, needs more memory than a model may have"

UNREADABLE = "the file is damaged: its reader can't read it"


class RefusedError(Exception):
    """The file may not be kept; the message has the reason, and where one is known the way out."""


def damaged(what: str) -> RefusedError:
    """The refusal of a file that is of a format, and breaks its rules."""
    return RefusedError(f"the file is damaged: {what}")
