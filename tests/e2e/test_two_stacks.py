"""Two stacks side by side."""

import os
from pathlib import Path

from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack, running_stack

_ADDRESSES = ("gateway", "registry", "s3", "aws", "redis", "logs")


def test_two_share_no_address_and_no_data_and_the_end_of_one_leaves_the_other_alone(
    local_stack: RunningStack, user: User, published: str, tmp_path: Path
) -> None:
    with running_stack(tmp_path, local_stack.kind) as brief:
        assert not [name for name in _ADDRESSES if local_stack.ready[name] == brief.ready[name] is not None]
        other = brief.user()
        assert other.api.request("GET", f"{MODELS}/{published}").status_code == 404
        assert other.api.get(MODELS)["items"] == []
        assert user.api.request("GET", f"{MODELS}/{other.model()}").status_code == 404

    assert not brief.ready_file.exists()
    assert not [part for part, pid in brief.ready["pids"].items() if _alive(pid)]
    assert user.api.get(f"{MODELS}/{published}")["id"] == published


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
