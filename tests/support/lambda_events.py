"""The events in events/, as AWS sends them to each function, and the expected answers in answers.yaml beside them."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.template import intrinsics

ROOT = Path(__file__).parents[2]
# The values in the event files. Tests replace them by the ids and tokens of the records they create.
EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
TENANT, USER = "01939e4c-7d2a-7b02-8a41-90c2f3d4e5f6", "01939e4c-7d2a-7c11-9f3e-2f6a8d1b4c55"
MODEL, UPLOAD = "01939e4c-7d2a-7d00-8000-000000000001", "01939e4c-7d2a-7e00-8000-000000000002"
ACCESS_TOKEN, REFRESH_TOKEN = "put-the-access-token-of-a-login-here", "put-the-refresh-token-of-a-login-here"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:maas-dev-TokenSecret-AbCdEf"
SECRET_VERSION = "01939e4c-7d2a-7f00-8000-000000000004"


@dataclass(frozen=True)
class Case:
    """An event and its expected answer.

    `function` is the name of the function's folder; `given` names the state that the event needs.
    """

    function: str
    name: str
    given: str
    expected: Mapping[str, Any]
    root: Path = ROOT

    def __str__(self) -> str:
        return f"{self.function}-{self.name}"

    def event(self, replacements: Mapping[str, str]) -> dict[str, Any]:
        """Returns the event with the file's ids and tokens replaced."""
        text = (self.root / "events" / self.function / f"{self.name}.json").read_text()
        found: dict[str, Any] = json.loads(_replaced(text, replacements))
        return found

    def check(self, answer: Any, replacements: Mapping[str, str]) -> None:
        """Asserts that `answer` has all expected members; it may have more."""
        expected = json.loads(_replaced(json.dumps(self.expected), replacements))
        if "answer" in expected:
            assert _has(answer, expected["answer"]), answer
            return
        assert answer["statusCode"] == expected["status"], answer
        if expected["status"] >= 400:
            assert answer["headers"]["content-type"] == "application/problem+json", answer
        if "body" in expected:
            assert _has(json.loads(_body(answer)), expected["body"]), _body(answer)
        elif "text" in expected:
            assert expected["text"] in _body(answer), _body(answer)
        else:
            assert not _body(answer)


def cases(function: str, root: Path = ROOT) -> list[Case]:
    """Returns the cases of events/<function>/answers.yaml."""
    table = yaml.safe_load((root / "events" / function / "answers.yaml").read_text())
    given = table.pop("given", "nothing")
    return [
        Case(function, name, row.pop("given", given), row, root) for name, row in table.items() if isinstance(row, dict)
    ]


def functions(root: Path = ROOT) -> dict[str, str]:
    """Returns the logical ids of the template's functions by the name of their folder."""
    resources = intrinsics.load(root / "template.yaml")["Resources"].items()
    found = {name: body["Properties"] for name, body in resources if body["Type"] == "AWS::Serverless::Function"}
    return {Path(properties["CodeUri"]).name: name for name, properties in found.items()}


def gaps(root: Path = ROOT) -> list[str]:
    """Describes missing files: functions without events, events without a function, events without an answer,
    and answers without an event.
    """
    known, folders = set(functions(root)), {path.parent.name for path in root.glob("events/*/*.json")}
    found = [f"functions/{name} has no events" for name in known - folders]
    found += [f"events/{name} belong to no function of template.yaml" for name in folders - known]
    for name in folders:
        found += _unmatched(root / "events" / name, [case.name for case in cases(name, root)])
    return sorted(found)


def _unmatched(folder: Path, answered: Sequence[str]) -> Iterator[str]:
    present = {path.stem for path in folder.glob("*.json")}
    yield from (f"events/{folder.name}/{name}.json has no answer" for name in present - {*answered})
    yield from (f"events/{folder.name}/{name}.json does not exist" for name in {*answered} - present)


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text


def _body(answer: Mapping[str, Any]) -> str:
    body: str = answer.get("body") or ""
    return base64.b64decode(body).decode() if answer.get("isBase64Encoded") else body


def _has(found: Any, expected: Any) -> bool:
    """Reports whether `found` has all of `expected`. Objects may have more members, lists no more items."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(key in found and _has(found[key], expected[key]) for key in expected)
    if isinstance(expected, list):
        same_length = isinstance(found, list) and len(found) == len(expected)
        return same_length and all(map(_has, found, expected))
    return bool(found == expected)
