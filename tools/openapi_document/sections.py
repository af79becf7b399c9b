"""What docs/api says of each operation: summary, description, examples and errors."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tools.api_docs import FOLDER, Operation, operations
from tools.openapi_document.examples import Request, request, whole

_ERROR = re.compile(r"^\| (\d{3}) `(\w+)` \|(?:.*\|)? ([^|]+) \|$", re.MULTILINE)
_LISTED = re.compile(r"^\| (\d{3}) \| `(\w+)` \| \w* ?\| (.+) \|$", re.MULTILINE)
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])+)\]\((?!https?:)[^)\s]+\)")
_BLOCK = re.compile(r"^```\w*\n.*?^```\n?", re.MULTILINE | re.DOTALL)
# The index has the operations of the service itself. Its own first paragraph is about the pages.
_INDEX, _SERVICE = "README.md", "service"
_OF_SERVICE = "Whether the service answers, and this document."


class Undescribed(Exception):
    """A route lacks something in the documents; the message says what to write where."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that a section shows."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Section:
    """One operation. `errors` are pairs of status and code, with what the page says of each."""

    route: str
    page: str
    scope: str
    summary: str
    description: str
    request: Request
    answer: Answer
    errors: Mapping[tuple[int, str], str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its title and first paragraph."""

    name: str
    title: str
    introduction: str

    @property
    def tag(self) -> str:
        return tag(self.name)


@cache
def sections() -> Mapping[str, Section]:
    """Every section by its route."""
    return {operation.route: _section(operation) for operation in operations()}


@cache
def pages() -> Mapping[str, Page]:
    """Every page by the name of its file."""
    return {path.name: _page(path.name, path.read_text()) for path in sorted(FOLDER.glob("*.md"))}


@cache
def codes() -> Mapping[tuple[int, str], str]:
    """The meaning of each pair of status and code, from the table of errors."""
    return {(int(status), code): plain(when) for status, code, when in _LISTED.findall(_text("errors.md"))}


def tag(page: str) -> str:
    """The tag of the operations of a page."""
    return _SERVICE if page == _INDEX else page.removesuffix(".md")


def plain(markdown: str) -> str:
    """The text without links into these pages, which mean nothing outside of them."""
    return _LINK.sub(r"\1", markdown)


def _section(operation: Operation) -> Section:
    first, _, rest = operation.text.strip().partition("\n\n")
    summary = plain(re.sub(r"\s*Scope: `?[a-z: ]+`?\.$", "", first.replace("\n", " ")))
    (_, curl), (_, answer), *_ = operation.blocks
    described = _BLOCK.sub("", rest, count=2)
    return Section(
        operation.route,
        operation.page,
        operation.scope,
        summary,
        plain(described).strip(),
        request(curl),
        _answer(answer),
        {**dict(_errors(_common(operation.page))), **dict(_errors(operation.text))},
    )


def _answer(block: str) -> Answer:
    head, _, body = block.partition("\n\n")
    status, *lines = head.splitlines()
    headers = {name.lower(): whole(value) for name, _, value in (line.partition(": ") for line in lines if line)}
    return Answer(int(status.split()[1]), headers, _body(body) if body.strip() else None)


def _body(text: str) -> Any:
    try:
        return whole(json.loads(text))
    except ValueError:
        return text


def _errors(text: str) -> Iterator[tuple[tuple[int, str], str]]:
    for status, code, when in _ERROR.findall(text):
        yield (int(status), code), plain(when)


def _common(page: str) -> str:
    """The part of a page that is about all of its operations."""
    text = _text(page)
    for operation in operations():
        if operation.page == page:
            text = text.replace(operation.text, "")
    return text


def _page(name: str, text: str) -> Page:
    if name == _INDEX:
        return Page(name, "The service", _OF_SERVICE)
    title, _, rest = text.partition("\n")
    introduction = next(part for part in rest.split("\n\n") if part.strip())
    return Page(name, title.removeprefix("# "), plain(introduction.strip().replace("\n", " ")))


def _text(name: str) -> str:
    return (FOLDER / name).read_text()
