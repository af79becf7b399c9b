"""Two stacks side by side."""

import os
from pathlib import Path

from tests.e2e.stacks import RunningStack, User, running_stack

_ADDRESSES = ("gateway", "registry", "s3", "aws", "redis", "logs")


def test_they_share_no_address_and_no_data(local_stack: RunningStack, open_stack: RunningStack, published: str) -> None:
    assert not [name for name in _ADDRESSES if local_stack.ready[name] == open_stack.ready[name] is not None]

    assert open_stack.anonymous().request("GET", "/healthz").status_code == 200
    other = open_stack.user()
    assert other.api.request("GET", f"/api/v1/models/{published}").status_code == 404
    assert other.api.get("/api/v1/models")["items"] == []


def test_the_end_of_one_leaves_the_other_alone(
    local_stack: RunningStack, user: User, published: str, tmp_path: Path
) -> None:
    with running_stack(tmp_path, "--s3", "moto") as brief:
        model_id = brief.user().model()
        assert user.api.request("GET", f"/api/v1/models/{model_id}").status_code == 404

    assert not brief.ready_file.exists()
    assert not [part for part, pid in brief.ready["pids"].items() if _alive(pid)]
    assert user.api.get(f"/api/v1/models/{published}")["id"] == published


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
