"""The commands and names in the guides for operators exist in the templates, in this project and in the AWS CLI."""

import importlib.util
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from local.cli import main
from local.paths import ROOT
from tests.template.deployment import ROOT_TEMPLATE, load

GUIDES = ("deploy.md", "runbook.md", "cost.md", "infrastructure.md", "registry.md")
_TEXTS = {name: (ROOT / "docs" / name).read_text() for name in GUIDES}
# Services that have another name in botocore, and options of every command.
_SERVICES = {"deploy": "codedeploy", "s3api": "s3"}
_GLOBAL_OPTIONS = {"--query", "--output"}
_ONLY_IN_THE_CLI = {"ecr get-login-password"}
_SESSION = botocore.session.Session()


def _blocks(name: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", _TEXTS[name], re.MULTILINE | re.DOTALL)


def _aws_commands() -> Iterator[Any]:
    for text in _TEXTS.values():
        joined = text.replace("\\\n", " ").replace("|\n", " ")
        for line in re.findall(r"(?<![\w`-])`?aws ([a-z0-9-]+ [a-z].*)", joined):
            for command in re.split(r"[(|`]aws |\baws (?=[a-z0-9-]+ [a-z0-9-]+ --)", line):
                yield re.split(r"[`|]", command)[0].strip()


def _documents() -> Mapping[str, dict[str, Any]]:
    return load().documents


def _resources() -> set[str]:
    return {name for document in _documents().values() for name in document["Resources"]}


def _known_options(service: str, operation: str, rest: str) -> set[str]:
    """Returns the options that the CLI derives from the service's model.

    Raises:
        KeyError: there is no such command.
    """
    model = _SESSION.get_service_model(_SERVICES.get(service, service))
    if operation == "wait":
        waiters = _SESSION.get_waiter_model(model.service_name)
        names = {xform_name(name, "-"): name for name in waiters.waiter_names}
        shape = model.operation_model(waiters.get_waiter(names[rest.split()[0]]).operation).input_shape
    else:
        names = {xform_name(name, "-"): name for name in model.operation_names}
        shape = model.operation_model(names[operation]).input_shape
    members = shape.members if shape else {}
    options = {f"--{xform_name(name, '-')}" for name in members}
    return options | {f"--no-{xform_name(n, '-')}" for n, m in members.items() if m.type_name == "boolean"}


def _unknown_options(command: str) -> set[str]:
    service, operation, *_ = command.split()
    rest = command.partition(operation)[2]
    given = set(re.findall(r"(?<=\s)--[a-z][a-z0-9-]*", re.sub(r"'[^']*'", "''", rest)))
    return given - _known_options(service, operation, rest) - _GLOBAL_OPTIONS


@pytest.mark.parametrize("command", sorted(set(_aws_commands())))
def test_the_aws_cli_has_the_command_and_its_options(command: str) -> None:
    if command in _ONLY_IN_THE_CLI:
        return
    assert _unknown_options(command) == set()


def test_a_misspelt_option_is_found() -> None:
    assert _unknown_options("acm wait certificate-validated --certificate-arm x") == {"--certificate-arm"}
    assert _unknown_options("dynamodb update-table --no-deletion-protection") == {"--no-deletion-protection"}


@pytest.mark.parametrize("block", [block for name in GUIDES for block in _blocks(name)])
def test_each_block_to_paste_is_a_valid_script(block: str) -> None:
    filled = re.sub(r"<[a-z][\w -]*>", "x", block)
    done = subprocess.run(["bash", "-n"], input=filled, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_outputs_and_resources_in_commands_exist() -> None:
    text = "".join(_TEXTS.values())
    outputs = set(re.findall(r"[`(]output (\w+)", text))
    resources = set(re.findall(r"[`(]resource (\w+)", text))
    assert outputs
    assert outputs <= set(_documents()[ROOT_TEMPLATE]["Outputs"])
    assert resources
    assert resources <= _resources()


def test_parameters_and_properties_in_the_guides_exist() -> None:
    words = {word for text in load().texts.values() for word in re.findall(r"\w+", text)}
    # CamelCase in backquotes is a name, and `Word=value` is a parameter.
    named = set(re.findall(r"`([A-Z][a-z0-9]+[A-Z]\w*)`", _TEXTS["deploy.md"]))
    given = set(re.findall(r"`([A-Z][a-z]\w+)=", "".join(_TEXTS.values())))
    assert named
    assert named <= words
    assert given
    assert given <= set(_documents()[ROOT_TEMPLATE]["Parameters"])


def test_environments_in_commands_are_in_samconfig() -> None:
    named = set(re.findall(r"--config-env (\w+)", "".join(_TEXTS.values())))
    assert named
    assert named <= set(tomllib.loads((ROOT / "samconfig.toml").read_text()))


def test_commands_of_this_project_exist() -> None:
    text = "".join(_TEXTS.values())
    called = re.findall(r"\./local/(\w+)([^`\n#|]*)", text) + re.findall(r"python -m local ([\w-]+)([^`\n#|]*)", text)
    assert called
    for name, rest in called:
        options = {option for parameter in main.commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z][a-z0-9-]*", rest)) <= options, name
    for module in re.findall(r"python -m (local\.\w+)", text):
        assert importlib.util.find_spec(module), module


def test_log_messages_in_the_runbook_are_in_the_code() -> None:
    code = "".join(path.read_text() for folder in ("layers", "functions") for path in (ROOT / folder).rglob("*.py"))
    searched = set(re.findall(r'\$\.message = "([^"*]+)', _TEXTS["runbook.md"]))
    # The table of function-errors quotes messages in its first column.
    table = _TEXTS["runbook.md"].partition("### function-errors")[2].partition("###")[0]
    quoted = {text for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for text in re.findall(r"`(.+?)`", row)}
    assert searched
    assert quoted
    assert {text for text in searched | quoted - {"Task timed out"} if text not in code} == set()


def test_each_alarm_is_explained_under_its_runbook_heading() -> None:
    sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##)", _TEXTS["runbook.md"], re.MULTILINE | re.DOTALL))
    alarms = {
        name: str(body["Properties"]["AlarmDescription"])
        for document in _documents().values()
        for name, body in document["Resources"].items()
        if body["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert alarms
    for name, description in alarms.items():
        heading = description.rpartition("#")[2]
        assert f"`{name}`" in sections.get(heading, ""), f"{name}: not under ### {heading}"


_PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("document", ["README.md", *_PAGES])
def test_links_lead_to_existing_files_and_headings(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" not in target:
            file, _, anchor = target.partition("#")
            found = path.parent / file if file else path
            assert found.exists(), target
            assert not anchor or anchor in _anchors(found.read_text()), target


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _rows(page: str, heading: str) -> Iterator[list[str]]:
    """The cells of each row of the first table under a heading."""
    table = _TEXTS[page].partition(f"## {heading}\n")[2].partition("\n## ")[0]
    for line in re.findall(r"^\| (.+) \|$", table, re.MULTILINE)[2:]:
        yield [cell.strip() for cell in line.split("|")]


def _names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_the_map_lists_every_parameter_and_every_output() -> None:
    root = _documents()[ROOT_TEMPLATE]
    for heading, declared in (("Parameters", root["Parameters"]), ("Outputs", root["Outputs"])):
        listed = [name for row in _rows("infrastructure.md", heading) for name in _names(row[0])]
        assert sorted(listed) == sorted(declared), heading


def test_the_map_has_the_values_of_the_template_and_of_samconfig() -> None:
    declared, given = _documents()[ROOT_TEMPLATE]["Parameters"], load().overrides
    for row in _rows("infrastructure.md", "Parameters"):
        names = _names(row[0])
        for column, values in ((row[1], declared), (row[2], given["prod"])):
            written = column.split(", ") if ", " in column else [column] * len(names)
            for name, text in zip(names, written, strict=True):
                if text not in {"yours", "ask", "empty", "", "none", "0: never", "0: none", "5 GiB"}:
                    value = values[name]["Default"] if values is declared else values[name]
                    assert text == str(value), name
                elif text in {"", "ask", "yours"} and values is not declared:
                    assert name not in given["prod"], name


_PATH = re.compile(r"(?<![\w/.-])(?:docs|infra|tools|tests|local|layers|functions|events|proto)/[\w./-]*\w")


@pytest.mark.parametrize("document", ["README.md", *(f"docs/{name}" for name in GUIDES)])
def test_files_that_a_page_names_exist(document: str) -> None:
    text = re.sub(r"\]\([^)]*\)|https?://\S+|\w+/\*", "", (ROOT / document).read_text())
    for path in _PATH.findall(text):
        assert (ROOT / path).exists(), path


def test_a_page_leads_to_another_by_a_link_and_not_by_its_name() -> None:
    """`(docs/deploy.md)` in plain text leads nowhere, and no check of links reads it."""
    for name in GUIDES:
        plain = re.sub(r"```.*?```|`[^`]*`|\[[^]]*\]\([^)]*\)", "", _TEXTS[name], flags=re.DOTALL)
        assert re.findall(r"\bdocs/\w+\.md", plain) == [], name
