"""Diagrams of what the templates and the import rules declare."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from local.template import intrinsics
from tools.docs_pictures import boxes
from tools.docs_pictures.boxes import Box

ROOT = Path(__file__).resolve().parents[2]
_FUNCTION, _STACK = "AWS::Serverless::Function", "AWS::Serverless::Application"
_RESOURCES_SHOWN = 5


@cache
def resources(file: str = "template.yaml") -> dict[str, Any]:
    found: dict[str, Any] = intrinsics.load(ROOT / file)["Resources"]
    return found


def _of(declared: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The properties of all resources of a kind."""
    return {name: each.get("Properties", {}) for name, each in declared.items() if each["Type"] == kind}


def _references(value: Any) -> Iterator[str]:
    """The resources that a value of the template names."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield (inner if isinstance(inner, str) else ".".join(inner)).partition(".")[0]
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _short(name: str) -> str:
    return name.removesuffix("Function")


def architecture() -> str:
    """Functions, those of the API at the left, with what each one keeps its data in, and what feeds the others."""
    declared = resources()
    functions, kept = (
        _of(declared, _FUNCTION),
        {*_of(declared, "AWS::DynamoDB::Table"), *_of(declared, "AWS::S3::Bucket")},
    )
    queues = _of(declared, "AWS::SQS::Queue")
    of_api = {name: each for name, each in functions.items() if _has_routes(each)}
    sources = {name: _sources(each) for name, each in functions.items() if _sources(each)}
    feeding = [*dict.fromkeys(source for each in sources.values() for source in each)]
    columns = {
        "functions behind the HTTP API": [Box(_short(name), _kept(each, kept)) for name, each in of_api.items()],
        "queues and streams": [Box(name) for name in feeding],
        "other functions": [
            Box(_short(name), _kept(each, kept)) for name, each in functions.items() if name not in of_api
        ],
    }
    sent = [
        (_short(name), queue)
        for name, each in of_api.items()
        for queue in _references(each.get("Environment", {}))
        if queue in queues and queue in feeding
    ]
    read = [(source, _short(name)) for name, each in sources.items() for source in each]
    return boxes.drawn("Functions of template.yaml, and what feeds them", columns, [*sent, *read])


def _has_routes(function: Mapping[str, Any]) -> bool:
    return any(event["Type"] == "HttpApi" for event in function.get("Events", {}).values())


def _sources(function: Mapping[str, Any]) -> list[str]:
    """The queues and the tables' streams that a function reads."""
    given = [each["Properties"] for each in function.get("Events", {}).values()]
    return [name for each in given for name in _references([each.get("Queue"), each.get("Stream")])]


def _kept(function: Mapping[str, Any], kept: set[str]) -> list[str]:
    """The tables and buckets that a function gets by its environment, in lines of a box."""
    named = [
        each.removesuffix("Table")
        for each in dict.fromkeys(_references(function.get("Environment", {})))
        if each in kept
    ]
    lines: list[str] = []
    for name in named:
        if lines and len(lines[-1]) + len(name) < 26:
            lines[-1] += f", {name}"
        else:
            lines.append(name)
    return lines


def events() -> str:
    """How a change becomes an event, and who gets it."""
    declared = resources()
    functions, rules = _of(declared, _FUNCTION), _of(declared, "AWS::Events::Rule")
    on_bus = {name: each for name, each in rules.items() if "EventBus" in _references(each)}
    targets = {
        name: [queue for target in each["Targets"] for queue in _references(target.get("Arn"))]
        for name, each in on_bus.items()
    }
    streams = _sources(functions["RelayFunction"])
    readers = {_short(name): _sources(each) for name, each in functions.items()}
    read = [
        (queue, name)
        for name, each in readers.items()
        for queue in each
        if any(queue in found for found in targets.values())
    ]
    columns = {
        "tables with a stream": [Box(name) for name in streams],
        "reads the streams": [Box("Relay")],
        "bus": [Box("EventBus")],
        "rules": [Box(name) for name in on_bus],
        "queues": [Box(queue) for queue in dict.fromkeys(queue for each in targets.values() for queue in each)],
        "functions": [Box(name) for name in dict.fromkeys(name for _, name in read)],
    }
    arrows = [(each, "Relay") for each in streams] + [("Relay", "EventBus")] + [("EventBus", name) for name in on_bus]
    arrows += [(name, queue) for name, each in targets.items() for queue in each] + read
    return boxes.drawn("The way of an event", columns, arrows)


def infrastructure() -> str:
    """The nested stacks with the resources that there are most of, and which one needs another's outputs."""
    stacks = _of(resources(), _STACK)
    needs = {
        name: {each for each in _references(stack.get("Parameters", {})) if each in stacks}
        for name, stack in stacks.items()
    }
    levels: dict[str, int] = {}
    while len(levels) < len(stacks):
        ready = [name for name in stacks if name not in levels and needs[name] <= levels.keys()]
        levels |= {name: 1 + max((levels[each] for each in needs[name]), default=-1) for name in ready}
    columns = {
        heading: [Box(name, _counted(stacks[name]["Location"])) for name in stacks if levels[name] == level]
        for level, heading in enumerate(("need nothing", "need these", "need those")[: 1 + max(levels.values())])
    }
    arrows = [(each, name) for name in stacks for each in needs[name]]
    return boxes.drawn("Nested stacks, and whose outputs they take", columns, sorted(arrows))


def _counted(file: str) -> list[str]:
    counts = Counter(each["Type"].removeprefix("AWS::").replace("::", " ") for each in resources(file).values())
    lines = [f"{count} {kind}" for kind, count in counts.most_common(_RESOURCES_SHOWN)]
    rest = sum(counts.values()) - sum(count for _, count in counts.most_common(_RESOURCES_SHOWN))
    return [*lines, f"{rest} more"] if rest else lines


def layers() -> str:
    """The layers of the packages, as their import rules have them, highest first."""
    columns: dict[str, Sequence[Box]] = {}
    for file in ("pyproject.toml", "clients/python/pyproject.toml"):
        rules = tomllib.loads((ROOT / file).read_text())["tool"]["importlinter"]["contracts"]
        for rule in rules:
            if rule["type"] == "layers" and len(rule.get("containers", [])) == 1 and rule["containers"][0] in _SHOWN:
                [package] = rule["containers"]
                columns[package] = [_layer(each) for each in rule["layers"]]
    return boxes.drawn("Layers: a module imports lower ones alone", columns)


_SHOWN = ("maas", "functions.registry", "local", "maas_client")


def _layer(layer: str) -> Box:
    """A box that begins with the first modules, and has the others in its lines."""
    modules = [each.strip(" ()") for each in re.split(r"[|:]", layer)]
    return Box(
        modules[0] if len(modules) == 1 else f"{modules[0]},",
        [", ".join(modules[at : at + 2]) for at in range(1, len(modules), 2)],
    )
