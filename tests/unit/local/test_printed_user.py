"""A new folder gets its first user from a worker of its own if nobody may register; `--sam` has no such worker."""

from pathlib import Path

import pytest

from local import printed_user
from local.errors import StackError
from local.servers.run_context import Options, RunContext


async def _check(data: Path, value: str, *, sam: bool = True, user: dict[str, str] | None = None) -> None:
    context = RunContext(Options(data=data, parameters={"Registration": value}, sam=sam))
    async with context.exit_stack:
        context.folder.manifest.user.update(user or {})
        printed_user.check(context)


@pytest.mark.parametrize("value", ["invited", "closed"])
async def test_sam_refuses_a_new_folder_that_lets_nobody_register(tmp_path: Path, value: str) -> None:
    with pytest.raises(StackError, match=f"with --sam and Registration={value} nobody can make") as refused:
        await _check(tmp_path / "data", value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "sam", "user"),
    [("closed", False, None), ("open", True, None), ("closed", True, {"email": "demo@example.com", "password": "x"})],
)
async def test_every_other_folder_is_taken(tmp_path: Path, value: str, sam: bool, user: dict[str, str] | None) -> None:
    await _check(tmp_path / "data", value, sam=sam, user=user)
    assert (tmp_path / "data").is_dir()
