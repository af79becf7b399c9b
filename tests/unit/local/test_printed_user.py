"""A new folder gets its first user by registering it, so somebody has to be allowed to register."""

from pathlib import Path

import pytest

from local import printed_user
from local.errors import StackError
from local.servers.run_context import Options, RunContext


async def _check(data: Path | None, parameters: dict[str, str], user: dict[str, str] | None = None) -> None:
    context = RunContext(Options(data=data, parameters=parameters))
    async with context.exit_stack:
        context.folder.manifest.user.update(user or {})
        printed_user.check(context)


@pytest.mark.parametrize("value", ["invited", "closed"])
async def test_a_new_folder_that_lets_nobody_register_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(StackError, match=f"once with --parameter Registration=open, and then with {value}$") as refused:
        await _check(tmp_path / "data", {"Registration": value})
    assert "\n" not in str(refused.value)
    with pytest.raises(StackError, match="once with --data DIR and --parameter Registration=open"):
        await _check(None, {"Registration": value})


@pytest.mark.parametrize("parameters", [{}, {"Registration": "open"}, {"Registration": "verified"}])
async def test_a_new_folder_that_lets_its_user_register_starts(tmp_path: Path, parameters: dict[str, str]) -> None:
    await _check(tmp_path / "data", parameters)


async def test_a_folder_with_its_user_starts_with_every_value(tmp_path: Path) -> None:
    await _check(tmp_path / "data", {"Registration": "closed"}, {"email": "demo@example.com", "password": "x"})
