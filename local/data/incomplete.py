"""The mark of a folder into which a backup is being restored. It stays if the restore breaks off."""

from pathlib import Path

from local.data import lock, manifest, stored
from local.data.removal import remove
from local.errors import StackError

_NAME = "restoring"


def begin(folder: Path) -> None:
    """Marks the folder. What an earlier restore has left there is removed.

    Raises:
        StackError: the folder has data.
    """
    refuse_data(folder)
    (folder / _NAME).touch(mode=0o600)
    for path in folder.iterdir():
        if path.name not in (_NAME, lock.NAME):
            remove(path, whole=True)


def refuse_data(folder: Path) -> None:
    """Raises StackError if the folder has data that a restore would have to replace."""
    has_data = (folder / manifest.NAME).exists() or stored.has_data(folder)
    if has_data and not (folder / _NAME).exists():
        raise StackError(f"{folder} has data already: restore into a new folder (--data DIR)")


def end(folder: Path) -> None:
    """Removes the mark: everything is there."""
    (folder / _NAME).unlink()


def refuse(folder: Path) -> None:
    """Raises StackError if the folder is marked."""
    if (folder / _NAME).exists():
        raise StackError(
            f"{folder} is incomplete, because a restore broke off: run ./local/restore FILE --data {folder} again"
        )
