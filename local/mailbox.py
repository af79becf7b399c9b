"""The mail that the stack has delivered into its folder."""

import email
import email.policy
import time
from collections.abc import Mapping
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Any

from local.errors import StackError

_WAIT = 10.0  # seconds


class Kind(StrEnum):
    """The subjects of the mails that have a token."""

    RESET = "A new password for MaaS"
    REGISTRATION = "Your registration with MaaS"
    VERIFICATION = "Your address at MaaS"
    INVITATION = "An invitation to MaaS"


def mailed_token(folder: Path, kind: Kind, address: str) -> str:
    """The token of the last mail of a kind to an address; waits for the first one.

    Raises:
        StackError: none has come in time.
    """
    end = time.monotonic() + _WAIT
    while not (found := [mail for mail in _mails(folder, address) if mail["subject"] == kind]):
        if time.monotonic() > end:
            raise StackError(f"no mail to {address} with the subject {kind} has come into {folder}")
        time.sleep(0.05)
    text: str = found[-1].get_content()
    return next(line for line in text.splitlines() if "." in line and " " not in line)


def invitation_token(made: Mapping[str, Any], folder: Path) -> str:
    """The token of an invitation that was just made: from its answer or, if it was mailed, from the mail."""
    return str(made["token"] or mailed_token(folder, Kind.INVITATION, made["email"]))


def _mails(folder: Path, address: str) -> list[EmailMessage]:
    """The mails to an address, the newest last."""
    files = sorted(folder.glob(f"* {address}.eml"))
    return [email.message_from_bytes(each.read_bytes(), EmailMessage, policy=email.policy.default) for each in files]
