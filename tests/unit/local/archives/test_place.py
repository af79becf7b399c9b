"""A stack on AWS is looked for with what this shell has set, and one line says what is missing."""

from pathlib import Path

import boto3
import pytest

from local.archives.place import on_aws
from local.errors import StackError

KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
REGION = {"AWS_DEFAULT_REGION": "eu-central-1"}

NO_REGION = "no region of AWS is set: set AWS_REGION, or AWS_PROFILE to a profile that has one"
NO_KEYS = (
    "no credentials of AWS are set: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
    "or AWS_PROFILE to a profile that has them"
)


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*KEYS, *REGION, "AWS_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps credentials that it has found
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize(
    ("is_set", "line"),
    [
        ({}, NO_REGION),
        (KEYS, NO_REGION),
        (REGION, NO_KEYS),
        ({"AWS_REGION": "eu-central-1"}, NO_KEYS),
        ({**REGION, "AWS_ACCESS_KEY_ID": "a"}, NO_KEYS),
        ({**REGION, **KEYS, "AWS_PROFILE": "gone"}, "The config profile (gone) could not be found"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    is_set: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in is_set.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StackError) as refused:
        on_aws("maas")
    assert str(refused.value) == line
