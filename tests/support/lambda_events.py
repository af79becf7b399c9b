"""The events in events/, as AWS sends them to each function, and the expected answers in answers.yaml beside them."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.events import files
from local.template import intrinsics

ROOT = Path(__file__).parents[2]


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
        found: dict[str, Any] = files.event(self.root / "events" / self.function / f"{self.name}.json", replacements)
        return found

    def check(self, answer: Any, replacements: Mapping[str, str]) -> None:
        """Asserts that `answer` has all expected members; it may have more."""
        expected = json.loads(files.filled(json.dumps(self.expected), replacements))
        if "answer" in expected:
            assert _has(answer, expected["answer"]), answer
            return
        assert answer["statusCode"] == expected["status"], answer
        if expected["status"] >= 400:
            # A problem, or under /v2 the error of that protocol, which is one as well.
            assert answer["headers"]["content-type"] in ("application/problem+json", "application/json"), answer
        if "body" in expected:
            assert _has(json.loads(_body(answer)), expected["body"]), _body(answer)
        elif "text" in expected:
            assert expected["text"] in _body(answer), _body(answer)
        else:
            assert not _body(answer)


def cases(function: str, root: Path = ROOT) -> list[Case]:
    """Returns the cases of events/<function>/answers.yaml."""
    default, rows = files.answers(root / "events" / function)
    return [Case(function, name, row.pop("given", default), row, root) for name, row in rows.items()]


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
