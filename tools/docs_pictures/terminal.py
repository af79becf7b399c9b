"""Commands in a terminal, and the picture of what they print."""

import io
import os
import pty
import re
import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

COLUMNS = 110
_SECONDS = 120
_LONG_LINES = 60
_FONT_FACES = re.compile(r"\s*@font-face\s*\{.*?\}", re.DOTALL)
_UUID = re.compile(r"\b([0-9a-f]{4})[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{8}([0-9a-f]{4})\b")
# In a table, what follows stays in its column.
_UUID_OF_A_ROW = re.compile(_UUID.pattern + r"(?= {2})")
# A bar that a terminal erases at its end.
_PROGRESS = re.compile(r"^.*━.*bytes.*\n?", re.MULTILINE)
_SECRETS = (
    re.compile(r"maas_[A-Za-z0-9_-]{20,}"),
    re.compile(r"whsec_[A-Za-z0-9+/=]{16,}"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+)*"),
    re.compile(r"\b[A-Za-z0-9_-]{43}\b"),
)
_LOOPBACK = re.compile(r"https?://127\.0\.0\.1:\d+")


class CommandFailed(Exception):
    """A command of a picture has not ended as it should."""


def run(line: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Returns what a line of bash prints on a terminal. Raises CommandFailed if nothing is printed."""
    own, other = pty.openpty()
    size = {"COLUMNS": str(COLUMNS), "LINES": "50", "TERM": "xterm-256color", "PAGER": "cat"}
    process = subprocess.Popen(
        ["bash", "-c", line],
        stdin=subprocess.DEVNULL,
        stdout=other,
        stderr=other,
        cwd=folder,
        env={**environment, **size},
    )
    os.close(other)
    printed = _read(own)
    process.wait(_SECONDS)
    if not printed.strip():
        raise CommandFailed(f"{line}: it has printed nothing")
    return printed


def _read(descriptor: int) -> str:
    chunks = []
    while True:
        try:
            chunk = os.read(descriptor, 65_536)
        except OSError:  # of a terminal whose other end is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(descriptor)
    return b"".join(chunks).decode(errors="replace").replace("\r\n", "\n")


def cleaned(text: str, places: Mapping[str, str]) -> str:
    """Returns the text without secrets, addresses and folders of this machine. `places` has what stands for each."""
    for place, instead in places.items():
        text = text.replace(place, instead)
    text = _LOOPBACK.sub("https://maas.example.com", text)
    text = _PROGRESS.sub("", text)
    text = _UUID_OF_A_ROW.sub(lambda found: f"{found[1]}…{found[2]}".ljust(len(found[0])), text)
    text = _UUID.sub(r"\1…\2", text)
    for secret in _SECRETS:
        text = secret.sub(lambda found: f"{found[0][:6]}…", text)
    return text


def session(lines: Mapping[str, str], title: str) -> str:
    """Returns the picture of commands, each with what it has printed."""
    shown = Text()
    for command, printed in lines.items():
        wrapped = " \\\n  ".join(textwrap.wrap(command, COLUMNS - 6, break_long_words=False, break_on_hyphens=False))
        shown.append("$ ", "bold green").append(f"{wrapped}\n", "bold")
        kept = printed.rstrip("\n").split("\n")
        shown.append(Text.from_ansi("\n".join(kept[:_LONG_LINES]))).append("\n")
        if len(kept) > _LONG_LINES:
            shown.append("…\n")
    shown.rstrip()
    return drawn(shown, title)


def drawn(content: RenderableType, title: str) -> str:
    """Returns a terminal with this content as SVG. It names no font of another host."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(content)
    written = console.export_svg(title=title, unique_id="terminal")
    return _FONT_FACES.sub("", written).replace("Fira Code, monospace", "monospace") + "\n"
