"""Writes the synchronous resources of the Python client from the asynchronous ones; `--check` fails where they differ.

Each method hands the coroutine of the same name to the client's event loop, so nothing is implemented twice.
docs/decisions/0061-sync-comes-from-async.md has the reason.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "clients" / "python" / "src" / "maas_client"
TARGET = PACKAGE / "sync_resources"
_SETTINGS = str(Path(__file__).parents[1] / "pyproject.toml")
_HEAD = '"""Made by tools/client_sync.py from maas_client/{source}: do not edit."""\n\n'
_MADE_HERE = {"aclose"}


def written() -> dict[str, str]:
    """Returns the text of each generated module by its name."""
    sources = {path.stem: path for path in sorted((PACKAGE / "resources").glob("*.py"))}
    for skipped in ("__init__", "base"):
        del sources[skipped]
    made = {f"{name}.py": _module(path) for name, path in sources.items()}
    made["client_methods.py"] = _module(PACKAGE / "client.py")
    made["__init__.py"] = '"""The resources of the synchronous client, made by tools/client_sync.py."""\n'
    return made


def _module(path: Path) -> str:
    tree = ast.parse(path.read_text())
    source = path.relative_to(PACKAGE).with_suffix("")
    inner = ".".join(source.parts)
    imports = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    parent = "maas_client" if inner == "client" else "maas_client.resources"
    imports.append(f"from {parent} import {source.name} as asynchronous")
    imports.append("from maas_client.portal import Portal, SyncPages")
    classes = [_class(node) for node in tree.body if isinstance(node, ast.ClassDef) and _is_resource(node)]
    text = _HEAD.format(source=f"{source}.py") + "\n".join(imports) + "\n\n\n" + "\n\n\n".join(classes) + "\n"
    return _formatted(text, path.name)


def _is_resource(node: ast.ClassDef) -> bool:
    return not node.name.startswith("_") and "TypedDict" not in map(ast.unparse, node.bases)


def _class(node: ast.ClassDef) -> str:
    lines = [f"class {_sync_name(node.name)}:", f'    """{ast.get_docstring(node, clean=False)}"""', ""]
    lines += [f"    def __init__(self, portal: Portal, inner: asynchronous.{node.name}) -> None:"]
    lines += ["        self._portal, self._inner = portal, inner", ""]
    return "\n".join([*lines, *(line for method in _methods(node) for line in [*_method(method), ""])])


def _sync_name(name: str) -> str:
    return "ClientMethods" if name == "AsyncClient" else name


def _methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and _is_public(item.name):
            yield item


def _is_public(name: str) -> bool:
    return not name.startswith("_") and name not in _MADE_HERE


def _method(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    returns = ast.unparse(node.returns) if node.returns else "None"
    pages = isinstance(node, ast.FunctionDef)
    if pages:
        returns = returns.replace("Pages[", "SyncPages[", 1)
    yield f"    def {node.name}({ast.unparse(node.args)}) -> {returns}:"
    yield f'        """{ast.get_docstring(node, clean=False)}"""'
    given = ", ".join(_given(node.args))
    if pages:
        yield f"        return SyncPages(self._portal, self._inner.{node.name}({given}))"
    else:
        call = f"self._portal.run(self._inner.{node.name}{', ' if given else ''}{given})"
        yield f"        {'' if returns == 'None' else 'return '}{call}"


def _given(args: ast.arguments) -> Iterator[str]:
    yield from (arg.arg for arg in args.args if arg.arg != "self")
    yield from (f"{arg.arg}={arg.arg}" for arg in args.kwonlyargs)
    if args.kwarg:
        yield f"**{args.kwarg.arg}"


def _formatted(text: str, name: str) -> str:
    """Returns the text without unused imports, as `ruff format` writes it."""
    for step in (["check", "--select", "F401,I", "--fix", "--exit-zero"], ["format"]):
        command = [sys.executable, "-m", "ruff", *step, "--quiet", "--config", _SETTINGS]
        command += ["--stdin-filename", str(TARGET / name), "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return text


def main(arguments: list[str]) -> int:
    made = written()
    stale = [name for name, text in made.items() if not (TARGET / name).exists() or (TARGET / name).read_text() != text]
    gone = [path.name for path in TARGET.glob("*.py") if path.name not in made] if TARGET.exists() else []
    if "--check" in arguments:
        print(f"client: stale, run tools/client_sync.py: {[*stale, *gone]}" if stale or gone else "client: up to date")
        return 1 if stale or gone else 0
    TARGET.mkdir(exist_ok=True)
    for name, text in made.items():
        (TARGET / name).write_text(text)
    for name in gone:
        (TARGET / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
