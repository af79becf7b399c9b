"""The mail that the stack has delivered into its folder."""

import time
from pathlib import Path

from local.errors import StackError

_WAIT = 10.0  # seconds


def reset_token(folder: Path, email: str) -> str:
    """The token of the last mail to an address; waits for the first one.

    Raises:
        StackError: none has come in time.
    """
    end = time.monotonic() + _WAIT
    while not (found := sorted(folder.glob(f"* {email}.eml"))):
        if time.monotonic() > end:
            raise StackError(f"no mail to {email} has come into {folder}")
        time.sleep(0.05)
    text = found[-1].read_text().partition("\n\n")[2]
    return next(line for line in text.splitlines() if "." in line and " " not in line)
