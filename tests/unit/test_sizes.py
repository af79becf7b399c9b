"""Limits on the size of modules and functions. Generated code (maas/rpc) is exempt."""

import ast
from collections.abc import Iterator

from local.paths import ROOT

MODULE_LINES, FUNCTION_LINES = 300, 40
FOLDERS = ("layers/shared/python/maas", "functions", "local", "tools", "tests", "clients")


def offenders() -> Iterator[str]:
    """Yields a line for every module and function that is too long."""
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        if "rpc" in path.parts:
            continue
        name, text = path.relative_to(ROOT), path.read_text()
        if (lines := text.count("\n")) > MODULE_LINES:
            yield f"{name}: {lines} lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    yield f"{name}:{node.lineno}: {node.name} has {lines} lines"


def test_no_module_or_function_is_too_long() -> None:
    assert [*offenders()] == []
