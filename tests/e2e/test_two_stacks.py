"""Two stacks at the same time on one machine."""

import os
from pathlib import Path

import pytest

from tests.support.stack_users import MODELS, User
from tests.support.stacks import STARTED, RunningStack, running_stack

_ADDRESSES = ("gateway", "registry", "s3", "aws", "table_store", "redis", "logs")


@pytest.mark.kinds(*STARTED)
def test_two_stacks_share_no_address_data_or_process(
    local_stack: RunningStack, user: User, published: str, tmp_path: Path
) -> None:
    with running_stack(tmp_path, local_stack.kind) as second:
        assert not [name for name in _ADDRESSES if local_stack.ready[name] == second.ready[name] is not None]
        other = second.user()
        assert other.api.request("GET", f"{MODELS}/{published}").status_code == 404
        assert other.api.get(MODELS)["items"] == []
        assert user.api.request("GET", f"{MODELS}/{other.model()}").status_code == 404

    assert not second.ready_file.exists()
    assert not [part for part, pid in second.ready["pids"].items() if _alive(pid)]
    assert user.api.get(f"{MODELS}/{published}")["id"] == published


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
