"""A registration, with the token of a mail if the stack asks for one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.demo.client import Api
from local.mailbox import Kind, mailed_token

_PATH = "/api/v1/auth/register"


def register(api: Api, account: Mapping[str, str], mailbox: Path) -> Any:
    """Registers an account and returns it. `mailbox` is the folder of the stack's mail.

    Raises:
        ProblemError: the registration was refused.
        StackError: no mail has come.
    """
    answer = api.success("POST", _PATH, account)
    if answer.status_code == 202:  # `Registration=verified`
        token = mailed_token(mailbox, Kind.REGISTRATION, account["email"])
        answer = api.success("POST", _PATH, {**account, "verification": token})
    return answer.json()
