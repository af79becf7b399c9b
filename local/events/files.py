"""The event files of events/, and the ids and tokens in them that stand for those of a running stack."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from local.errors import StackError

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
TENANT, USER = "01939e4c-7d2a-7b02-8a41-90c2f3d4e5f6", "01939e4c-7d2a-7c11-9f3e-2f6a8d1b4c55"
COLLEAGUE, INVITATION = "01939e4c-7d2a-7c22-8000-000000000005", "01939e4c-7d2a-7b33-8000-000000000006"
COLLEAGUE_EMAIL, INVITATION_TOKEN = "grace@example.com", "put-the-token-of-an-invitation-here"
RESET_TOKEN = "put-the-token-of-a-mail-here"  # noqa: S105
ADDRESS_TOKEN = "put-the-token-for-an-address-here"  # noqa: S105
SESSION = "01939e4c-7d2a-7a44-8000-000000000007"
MODEL, UPLOAD = "01939e4c-7d2a-7d00-8000-000000000001", "01939e4c-7d2a-7e00-8000-000000000002"
ACCESS_TOKEN, REFRESH_TOKEN = "put-the-access-token-of-a-login-here", "put-the-refresh-token-of-a-login-here"
SERVICE_ACCOUNT = "01939e4c-7d2a-7c33-8000-000000000005"
TRUSTED_ISSUER = "01939e4c-7d2a-7c55-8000-000000000008"
WEBHOOK, DELIVERY = "01939e4c-7d2a-7c88-8000-00000000000b", "01939e4c-7d2a-7c66-8000-000000000009"
JOB = "01939e4c-7d2a-7c99-8000-00000000000c"
API_KEY, API_KEY_TEXT = "0Ab1Cd2Ef3Gh4Ij5", "put-the-text-of-an-api-key-here"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:maas-dev-TokenSecret-AbCdEf"  # noqa: S105
SECRET_VERSION = "01939e4c-7d2a-7f00-8000-000000000004"  # noqa: S105
NOTHING = "nothing"  # the precondition of an event that needs no state


def filled(text: str, replacements: Mapping[str, str]) -> str:
    """Returns the text with the files' ids and tokens replaced."""
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text


def answers(folder: Path) -> tuple[str, dict[str, Any]]:
    """Returns the default precondition of a folder of events/, and the row of each event in its answers.yaml."""
    table = yaml.safe_load((folder / "answers.yaml").read_text())
    given = table.pop("given", NOTHING)
    return given, {name: row for name, row in table.items() if isinstance(row, dict)}


def precondition(file: Path) -> str:
    """Returns the state that an event file needs, a method of World.

    Raises:
        StackError: there is no such file, or answers.yaml beside it does not name it.
    """
    if not (file.exists() and (file.parent / "answers.yaml").exists()):
        raise StackError(f"{file} is no file of events/")
    given, rows = answers(file.parent)
    if file.stem not in rows:
        raise StackError(f"{file.parent}/answers.yaml does not name {file.stem}")
    return str(rows[file.stem].get("given", given))


def event(file: Path, replacements: Mapping[str, str]) -> Any:
    """Returns the event with the file's ids and tokens replaced."""
    return json.loads(filled(file.read_text(), replacements))
