"""Copies the rules of the audit log's chain into the Python client; `--check` fails where they differ.

The client imports nothing of the server, and two implementations of the same chain would drift apart. The reason is in
docs/decisions/0067-the-client-copies-the-chain.md.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "layers" / "shared" / "python" / "maas" / "domain" / "audit"
TARGET = ROOT / "clients" / "python" / "src" / "maas_client" / "audit_log"
# The names that are copied of each module; None for all of them.
_COPIED: dict[str, frozenset[str] | None] = {
    "canonical": None,
    "chain": frozenset({"START", "FIELDS", "Record", "Head", "fault_of", "hash_of"}),
    "verification": None,
    "findings": None,
}
_HEAD = "# Made by tools/client_audit.py from the server's module of this name: do not edit.\n"
_STR_ENUM = "from maas_client.audit_log.text_enums import StrEnum\n"


def written() -> dict[str, str]:
    """Returns the text of each module of the client by its name."""
    return {f"{name}.py": _copied(SOURCE / f"{name}.py", names) for name, names in _COPIED.items()}


def _copied(path: Path, names: frozenset[str] | None) -> str:
    source = path.read_text()
    text = source if names is None else _selected(source, names)
    if "import StrEnum" in text:
        last = text.index("\n", text.rindex("\nfrom maas.domain") + 1) + 1
        text = (text[:last] + _STR_ENUM + text[last:]).replace("from enum import StrEnum\n", "")
    return _HEAD + text.replace("from maas.domain.audit.", "from maas_client.audit_log.")


def _selected(source: str, names: frozenset[str]) -> str:
    """Returns the docstring, the imports that are used, and the definitions of these names."""
    tree = ast.parse(source)
    kept = [node for node in tree.body if names & _defined(node)]
    used = {node.id for each in kept for node in ast.walk(each) if isinstance(node, ast.Name)}
    imports = [line for node in tree.body if isinstance(node, ast.ImportFrom) for line in _import(node, used)]
    library = [line for line in imports if "maas." not in line]
    own = [line for line in imports if "maas." in line]
    parts = ["\n".join(library), "\n".join(own)]
    constants = [_text(source, node) for node in kept if isinstance(node, ast.Assign)]
    others = [_text(source, node) for node in kept if not isinstance(node, ast.Assign)]
    head = "\n\n".join([f'"""{ast.get_docstring(tree)}"""', *parts, "\n".join(constants)])
    return head + "\n\n\n" + "\n\n\n".join(others) + "\n"


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Assign):
        return {each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    return {node.name} if isinstance(node, ast.ClassDef | ast.FunctionDef) else set()


def _import(node: ast.ImportFrom, used: set[str]) -> list[str]:
    wanted = [alias.name for alias in node.names if alias.name in used]
    return [f"from {node.module} import {', '.join(wanted)}"] if wanted else []


def _text(source: str, node: ast.stmt) -> str:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])


def main(arguments: list[str]) -> int:
    made = written()
    stale = [name for name, text in made.items() if not (TARGET / name).exists() or (TARGET / name).read_text() != text]
    if "--check" in arguments:
        print(f"client: stale, run tools/client_audit.py: {stale}" if stale else "client: the chain is up to date")
        return 1 if stale else 0
    for name, text in made.items():
        (TARGET / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
