"""The HTTP headers that the code of `maas.web` and `maas.entrypoints` reads from requests and sets on answers."""

import ast
import gc
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from local.paths import ROOT
from maas.platform import trace

_MAAS = ROOT / "layers" / "shared" / "python" / "maas"
# Headers that browsers send or show without CORS (https://fetch.spec.whatwg.org/#cors-safelisted-request-header and
# #cors-safelisted-response-header-name). A content type of JSON is not among them.
_SAFE_TO_SEND = {"accept", "accept-language", "content-language", "range"}
# Browsers set this one alone, and decompress the answer themselves.
_SET_BY_BROWSERS, _UNDONE_BY_BROWSERS = {"accept-encoding"}, {"content-encoding"}
_SAFE_TO_READ = {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified"}
# Set for caches on the way and for the browser itself, not for scripts.
_FOR_CACHES, _FOR_BROWSERS = {"vary"}, {"content-security-policy", "x-content-type-options"}
# The authorizer reads the first. A tracer sends the second with `traceparent` (Trace Context, 3.3); it is ignored.
_ALSO_SENT = {"authorization", "tracestate"}
# Set by API Gateway: the id of the request in its access log.
_SET_BY_THE_GATEWAY = {"apigw-requestid"}


def to_allow() -> set[str]:
    """Request headers that a browser must be allowed to send."""
    return (read_headers(sources(), {"trace.HEADER": trace.HEADER}) | _ALSO_SENT) - _SAFE_TO_SEND - _SET_BY_BROWSERS


def to_expose() -> set[str]:
    """Response headers that a script in a browser must be able to read."""
    written = written_headers(sources()) | _SET_BY_THE_GATEWAY
    return written - _SAFE_TO_READ - _FOR_CACHES - _FOR_BROWSERS - _UNDONE_BY_BROWSERS


@cache
def sources() -> tuple[ast.Module, ...]:
    """The parsed modules of both layers, and those that gRPC shares."""
    paths: list[Path] = [path for folder in ("web", "entrypoints") for path in sorted((_MAAS / folder).rglob("*.py"))]
    paths += [_MAAS / "platform" / name for name in ("prediction_keys.py", "request_cache.py", "timings.py")]
    return tuple(_parsed(path) for path in paths)


def _parsed(path: Path) -> ast.Module:
    was_enabled = gc.isenabled()
    gc.disable()  # in Python 3.11 a finalizer that parses too makes this parse fail (gh-106905)
    try:
        return ast.parse(path.read_text())
    finally:
        if was_enabled:
            gc.enable()


def read_headers(modules: Sequence[ast.Module], constants: dict[str, str]) -> set[str]:
    """Headers that are parameters of a route or dependency, or are looked up. `constants` has values by source text."""
    annotations = {"Header()"} | {name for module in modules for name in _header_aliases(module)}
    found: set[str] = set()
    for node in (node for module in modules for node in ast.walk(module)):
        if isinstance(node, ast.arg) and node.annotation is not None:
            text = ast.unparse(node.annotation)
            if text in annotations or "Header()" in text:
                found.add(node.arg.replace("_", "-"))
        elif isinstance(node, ast.Call):
            found |= {_text(name, constants) for name in _looked_up(node)}
    return found


def written_headers(modules: Sequence[ast.Module]) -> set[str]:
    """Headers that are keys of a mapping of headers, assigned to `headers`, or the first part of a pair."""
    functions = {
        node.name: node for module in modules for node in ast.walk(module) if isinstance(node, ast.FunctionDef)
    }
    found: set[str] = set()
    for node in (node for module in modules for node in ast.walk(module)):
        for value in _header_values(node):
            called = _reached(value, functions)
            found |= {key for part in (value, *called) for key in _keys(part)}
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith(".headers"):
            found |= {str(node.slice.value)} if isinstance(node.slice, ast.Constant) else set()
    return found


def _header_aliases(module: ast.Module) -> Iterator[str]:
    """Names of module level such as `IfNoneMatch = Annotated[str | None, Header()]`."""
    for node in module.body:
        if isinstance(node, ast.Assign) and "Header()" in ast.unparse(node.value):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _looked_up(call: ast.Call) -> list[ast.expr]:
    function = ast.unparse(call.func)
    is_lookup = function == "headers.get" or function.endswith((".headers.get", ".headers.getlist"))
    return call.args[:1] if is_lookup else []


def _text(node: ast.expr, constants: dict[str, str]) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else constants[ast.unparse(node)]


def _header_values(node: ast.AST) -> Iterator[ast.AST]:
    """Yields each expression that becomes headers of an answer."""
    if isinstance(node, ast.Call):
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "headers")
        if ast.unparse(node.func).endswith((".headers.update", "headers.append")):
            yield from node.args
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any("headers" in ast.unparse(target).lower() for target in targets):
            yield node.value
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        yield from (value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "headers")


def _reached(value: ast.AST, functions: Mapping[str, ast.FunctionDef]) -> list[ast.FunctionDef]:
    """The functions that make a value, and those that these call for theirs."""
    found: dict[str, ast.FunctionDef] = {}
    waiting = [value]
    while waiting:
        new = {name: functions[name] for name in _called(waiting.pop()) if name in functions and name not in found}
        new.pop("etag", None)
        found |= new
        waiting += [each for function in new.values() for each in ast.walk(function) if isinstance(each, ast.Return)]
    return [*found.values()]


def _called(value: ast.AST) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _keys(value: ast.AST) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Dict):
            yield from (key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[0], ast.Constant):
            name = node.elts[0].value
            yield from [name] if isinstance(name, str) else []


def annotations(*places: str) -> set[str]:
    """The annotations of all parameters of coroutines in these folders and files of `maas`, as source text."""
    paths = [
        path for place in places for path in ((_MAAS / place).rglob("*.py") if "." not in place else [_MAAS / place])
    ]
    functions = [node for path in paths for node in ast.walk(_parsed(path)) if isinstance(node, ast.AsyncFunctionDef)]
    parameters = [each for node in functions for each in (*node.args.args, *node.args.kwonlyargs)]
    return {ast.unparse(each.annotation) for each in parameters if each.annotation is not None}
