"""Every page of docs shows pictures, each of which a table's maker draws, and none tells what it should not."""

import re
from pathlib import Path

import pytest

from tools.docs_pictures import __main__ as command
from tools.docs_pictures import boxes, diagrams, table, terminal
from tools.docs_pictures.boxes import Box
from tools.docs_pictures.table import DECLARED, NAMES

DOCS = diagrams.ROOT / "docs"
_PAGES = sorted([*DOCS.glob("*.md"), *(DOCS / "api").glob("*.md")])
_PICTURE = re.compile(r"!\[([^\]]+)\]\(((?:\.\./)?pictures/[^)]+)\)")
_MAX = 100_000
_OF_THIS_MACHINE = re.compile(
    r"/(?:tmp|root|home|work)/|127\.0\.0\.1|localhost|maas_[A-Za-z0-9_-]{20}|eyJ[A-Za-z0-9_-]{12}"
)


def _shown(page: Path) -> list[Path]:
    return [(page.parent / place).resolve() for _, place in _PICTURE.findall(page.read_text())]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_page_shows_a_picture_that_is_there(page: Path) -> None:
    shown = _shown(page)
    assert shown
    assert [picture for picture in shown if not picture.is_file()] == []


def test_pictures_are_those_of_the_table_and_all_are_shown() -> None:
    assert {file.name for file in command.FOLDER.iterdir()} == {*NAMES}
    assert {picture.name for page in _PAGES for picture in _shown(page)} == {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_small_and_of_its_kind(name: str) -> None:
    content = (command.FOLDER / name).read_bytes()
    assert len(content) < _MAX
    assert content.startswith(b"\x89PNG" if name.endswith(".png") else b"<svg")


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".svg")])
def test_a_picture_names_no_address_folder_or_secret_of_a_machine(name: str) -> None:
    text = (command.FOLDER / name).read_text().replace("&#160;", " ")
    assert _OF_THIS_MACHINE.findall(text) == []
    assert re.findall(r"(?:href=|src=|url\()[\"']?https?://\S+", text) == []  # a page needs nothing of another host


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_picture_of_the_code_is_that_of_the_present_code(name: str) -> None:
    made, kept = DECLARED[name](), (command.FOLDER / name).read_bytes()
    if isinstance(made, str):
        assert kept.decode() == made, "draw it again: python -m tools.docs_pictures --declared"
    else:
        assert kept[:24] == made[:24]  # fonts may be drawn otherwise elsewhere, in a picture of the same size


def test_an_unknown_name_is_told_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["nothing.svg"]) == 2
    assert "no such picture: nothing.svg; there are: account.svg" in capsys.readouterr().err


def test_one_picture_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    assert command.main(["rights.svg"]) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["rights.svg"]


def test_what_belongs_to_a_machine_is_taken_out() -> None:
    text = (
        "http://127.0.0.1:8080/x /tmp/a/work 01a1c3d2-0000-7000-8000-00000000abcd "
        "maas_0123456789abcdefghijABCDEFGHIJ eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln"
    )
    assert terminal.cleaned(text, {"/tmp/a": "~"}) == ("https://maas.example.com/x ~/work 01a1…abcd maas_0… eyJhbG…")


def test_commands_run_on_a_terminal(tmp_path: Path) -> None:
    assert terminal.run("test -t 1 && echo on $COLUMNS", tmp_path, {"PATH": "/usr/bin:/bin"}) == "on 110\n"
    with pytest.raises(terminal.CommandFailed, match="printed nothing"):
        terminal.run("true", tmp_path, {"PATH": "/usr/bin:/bin"})


def test_a_terminal_is_drawn_the_same_each_time() -> None:
    lines = {"maas models list": "\x1b[1mname\x1b[0m\niris <b>\n"}
    assert terminal.session(lines, "models") == terminal.session(lines, "models")
    assert "iris&#160;&lt;b&gt;" in terminal.session(lines, "models")
    assert "cdnjs" not in terminal.session(lines, "models")


def test_an_arrow_needs_both_boxes() -> None:
    columns = {"one": [Box("a", ["line"])], "two": [Box("b & c")]}
    drawn = boxes.drawn("title", columns, [("a", "b & c")])
    assert drawn.count('class="arrow"') == 1
    assert "b &amp; c" in drawn
    with pytest.raises(KeyError):
        boxes.drawn("title", columns, [("a", "d")])


def test_every_command_of_a_picture_has_a_title_and_a_line() -> None:
    made = [each for each in table.ANSWERED.values() if isinstance(each, table.Commands)]
    assert made
    assert all(each.title and each.lines for each in made)
