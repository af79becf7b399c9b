"""The operations that docs/api/*.md describes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from local.paths import ROOT

FOLDER = ROOT / "docs" / "api"
PUBLIC, ANY_TOKEN = "public", "any token"

_SECTION = re.compile(r"^#{2,3} ([A-Z]+ /\S+)\n(.*?)(?=^#{1,3} |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FENCED_HEADING = re.compile(r"^(```.*?^```)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Operation:
    """One section: its `route` as API Gateway writes a key, its page, and the (language, content) of its blocks."""

    route: str
    page: str
    text: str
    blocks: tuple[tuple[str, str], ...]

    @property
    def scope(self) -> str:
        """The scope that its first line names: `models:read`, PUBLIC or ANY_TOKEN; empty without one."""
        found = re.search(r"\bScope: `?([a-z: ]+?)`?\.$", self.text.strip().partition("\n\n")[0].replace("\n", " "))
        return found[1] if found else ""


def operations() -> Iterator[Operation]:
    """Every section of docs/api/*.md whose heading is a method and a path."""
    for page in sorted(FOLDER.glob("*.md")):
        # A Markdown answer has headings of its own.
        text = _FENCED_HEADING.sub(lambda block: block[0].replace("\n#", "\n\\#"), page.read_text())
        for route, section in _SECTION.findall(text):
            yield Operation(route, page.name, section, tuple(_BLOCK.findall(section)))


def repeats_without_key() -> dict[str, str]:
    """The operations that take no idempotency key, and the reason that docs/api/README.md gives for each."""
    section = (FOLDER / "README.md").read_text().partition("#### Repeats without a key\n")[2].partition("\n### ")[0]
    return dict(re.findall(r"^\| `(POST [^`]+)` \| (\S.*) \|$", section, re.MULTILINE))
