"""A collection that an operator begins on a running stack."""

import pytest

from tests.support.local_commands import data_of, local, printed
from tests.support.stack_users import User
from tests.support.stacks import RunningStack

pytestmark = pytest.mark.kinds("embedded")

_UNKNOWN = "01900000-0000-7000-8000-000000000001"  # made long ago, of nothing that the registry knows


def test_a_collection_finds_an_object_of_no_upload_and_leaves_the_others(local_stack: RunningStack, user: User) -> None:
    user.publish_largest()
    data = str(data_of(local_stack))
    before = printed(local("collect", "--data", data, "--json"))
    assert before["versions"] >= 1
    assert before["objects"] >= 1
    key = f"models/{_UNKNOWN}/{_UNKNOWN}/1.0.0/{_UNKNOWN}"
    local_stack.client("s3").put_object(Bucket=local_stack.ready["bucket"], Key=key, Body=b"x")

    after = printed(local("collect", "--data", data, "--json"))

    assert after["queued"] == before["queued"] + 1
    assert after["objects"] >= before["objects"] + 1


def test_a_folder_without_a_stack_has_nothing_to_collect(tmp_path: object) -> None:
    done = local("collect", "--data", str(tmp_path))
    assert (done.returncode, done.stderr.startswith(f"Error: nothing runs on {tmp_path}")) == (1, True)
