"""Modules of PyTorch to ONNX by torch.export, with any number of rows."""

import contextlib
import inspect
import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from maas_client.convert.examples import Array, Layout
from maas_client.errors import ConversionError

_ROWS = "rows"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_LOGGERS = ("torch", "torch.onnx", "torch._dynamo", "torch.fx.experimental.symbolic_shapes", "onnxscript")
# What to do about words in the exporter's reason.
_ADVICE = (
    ("data-dependent", "the code decides by a value of its input: use torch.where in place of if"),
    ("specialized", "the code fixes the number of rows: use x.shape[0] or -1 in place of a number"),
    ("user-specified ranges", "the code fixes the number of rows: use x.shape[0] or -1 in place of a number"),
    ("Constraints violated", "the code fixes the number of rows: use x.shape[0] or -1 in place of a number"),
    ("No ONNX function found", "an operator has no counterpart in ONNX: write this part with other operators"),
    ("float64", "use 32 bits: model.float() and example.float()"),
)
_OF_TORCH = "make torch.export.export(model, ...) succeed, or push a file that you have exported yourself"


@dataclass(frozen=True)
class Exported:
    """A file, the example by the names of its inputs, and the module's own answers in the order of the outputs."""

    content: bytes
    layout: Layout
    expected: list[Array]
    one: tuple[Layout, list[Array]] | None


class ModuleExport:
    """One export. `example` is a tensor or array, a list or tuple of these, or a mapping by names of arguments.

    The first dimension of each input is the number of rows, and stays free in the file.
    """

    def __init__(self, torch: Any, module: Any, example: Any) -> None:
        self._torch, self._module = torch, module
        self._arguments = self._named(example)
        self._rows = self._number_of_rows()

    def run(self) -> Exported:
        """Returns the file and what it is compared with. Raises ConversionError with advice."""
        was_training = self._module.training
        self._module.eval()
        try:
            with self._torch.no_grad():
                expected = self._answers(self._arguments)
                content = self._exported([*expected])
                one = self._first_row() if self._rows > 1 else None
                return Exported(content, _layout(self._arguments), [*expected.values()], one)
        finally:
            self._module.train(was_training)

    def _named(self, example: Any) -> dict[str, Any]:
        """Returns tensors by the names of the arguments that they are for."""
        signature = inspect.signature(self._module.forward)
        try:
            if isinstance(example, Mapping):
                bound = signature.bind(**example)
            elif isinstance(example, tuple | list):
                bound = signature.bind(*example)
            else:
                bound = signature.bind(example)
        except TypeError as error:
            raise ConversionError(f"the example does not fit the arguments of forward: {error}") from None
        if any(signature.parameters[name].kind.name.startswith("VAR_") for name in bound.arguments):
            raise ConversionError("forward takes any number of arguments: give each of them a name")
        return {name: self._tensor(name, value) for name, value in bound.arguments.items()}

    def _tensor(self, name: str, value: Any) -> Any:
        if not isinstance(value, self._torch.Tensor):
            if not hasattr(value, "__array__"):
                raise ConversionError(f"the example's {name} is a {type(value).__name__}: give a tensor or an array")
            value = self._torch.as_tensor(value)
        first = next(iter(self._module.parameters()), None)
        if value.dtype == self._torch.float64 and (first is None or first.dtype != self._torch.float64):
            value = value.float()
        return value if first is None else value.to(first.device)

    def _number_of_rows(self) -> int:
        """Returns the first dimension, which all inputs share. One row is doubled: an exporter takes 1 for fixed."""
        sizes = {name: value.shape[0] if value.dim() else 0 for name, value in self._arguments.items()}
        if len({*sizes.values()}) != 1 or 0 in sizes.values():
            raise ConversionError(f"the inputs of the example need the same number of rows, and have {sizes}")
        [rows] = {*sizes.values()}
        if rows == 1:
            self._arguments = {name: self._torch.cat([value, value]) for name, value in self._arguments.items()}
            return 2
        return int(rows)

    def _answers(self, arguments: Mapping[str, Any]) -> dict[str, Array]:
        """Returns the module's answers by the names of the outputs."""
        try:
            found = self._module(**arguments)
        except Exception as error:
            raise ConversionError(f"the module does not run on the example: {_first_line(error)}") from error
        return {name: value.detach().cpu().numpy() for name, value in self._outputs(found)}

    def _outputs(self, found: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(found, self._torch.Tensor):
            yield "output", found
            return
        named = found.items() if isinstance(found, Mapping) else enumerate(found if _is_listed(found) else [None])
        for name, value in named:
            if not isinstance(value, self._torch.Tensor):
                raise ConversionError("the module has to answer a tensor, or a tuple, list or mapping of tensors")
            yield (name if isinstance(name, str) else f"output_{name}"), value

    def _exported(self, outputs: list[str]) -> bytes:
        try:
            with _quiet():
                program = self._torch.onnx.export(
                    self._module,
                    (),
                    kwargs=self._arguments,
                    dynamo=True,
                    dynamic_shapes={name: {0: _ROWS} for name in self._arguments},
                    input_names=[*self._arguments],
                    output_names=outputs,
                    verbose=False,
                )
            content = bytes(program.model_proto.SerializeToString())
        except Exception as error:
            raise ConversionError(f"{type(self._module).__name__} can't be converted: {_reason(error)}") from error
        self._require_free_rows(program.model_proto)
        return content

    def _require_free_rows(self, file: Any) -> None:
        for each in file.graph.input:
            dimensions = each.type.tensor_type.shape.dim
            if not dimensions or not dimensions[0].dim_param:
                raise ConversionError(f"{type(self._module).__name__} can't be converted: {_ADVICE[1][1]}")

    def _first_row(self) -> tuple[Layout, list[Array]]:
        """Returns the first row alone, as another number of rows to compare with."""
        first = {name: value[:1] for name, value in self._arguments.items()}
        return _layout(first), [*self._answers(first).values()]


def _layout(arguments: Mapping[str, Any]) -> Layout:
    return Layout({name: value.detach().cpu().numpy() for name, value in arguments.items()}, {}, None)


def _is_listed(found: Any) -> bool:
    return isinstance(found, tuple | list)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the exporter's reports to itself: an error has the reason."""
    loggers = [(logger, logger.level) for logger in map(logging.getLogger, _LOGGERS)]
    for logger, _ in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        out, err = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
        with warnings.catch_warnings(), out, err:
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in loggers:
            logger.setLevel(level)


def _reason(error: BaseException) -> str:
    """Returns the innermost reason of the exporter and what to do about it."""
    chain = [error]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) and inner not in chain:
        chain.append(inner)
    text = " ".join(str(each) for each in chain)
    advice = next((advice for words, advice in _ADVICE if words in text), _OF_TORCH)
    cause = error.__cause__ or error
    return f"{_first_line(cause)}; {advice}"


def _first_line(error: BaseException) -> str:
    lines = [line for line in _ESCAPES.sub("", str(error)).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
