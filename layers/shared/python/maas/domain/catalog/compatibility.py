"""Whether one signature can take another's place without breaking who calls it.

Inputs may take more than before, outputs may give less: every value that was good stays good, and none comes that
did not come before. Predictions also answer the first output by place.
"""

from collections.abc import Mapping, Sequence

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import FieldError, Incompatible, Rule

# Bits of whole numbers that each type holds without a gap: (of negative numbers, of positive ones).
_WHOLE: Mapping[str, tuple[int, int]] = {
    **{f"int{n}": (n - 1, n - 1) for n in (8, 16, 32, 64)},
    **{f"uint{n}": (0, n) for n in (8, 16, 32, 64)},
    "float16": (11, 11),
    "float": (24, 24),
    "double": (53, 53),
}
_FLOATS = ("float16", "float", "double")
# An error travels in the headers of a gRPC answer, and those have 8 KiB.
REASONS_MAX, NAME_MAX = 20, 40


def breaks(old: Signature, new: Signature) -> list[FieldError]:
    """What in `new` breaks callers of `old`; empty if nothing does."""
    found = [*_inputs(old.inputs, new.inputs), *_outputs(old.outputs, new.outputs)]
    if old.outputs and new.outputs and new.outputs[0].name != old.outputs[0].name:
        message = f"{new.outputs[0].name} is the first output now, it was {old.outputs[0].name}"
        found.append(FieldError("outputs", Rule.FIRST, message))
    return found


def incompatible(version: str, followed: str, reasons: Sequence[FieldError]) -> Incompatible:
    """At most the first 20 reasons are listed; how many there are is always told."""
    message = (
        f"version {version} breaks callers of {followed}, which it follows, in {len(reasons)} way(s); "
        "publish it as a major version, or force it with a reason"
    )
    return Incompatible(message, reasons[:REASONS_MAX])


def _inputs(old: Sequence[Tensor], new: Sequence[Tensor]) -> list[FieldError]:
    before, after = _by_name(old), _by_name(new)
    added = [_reason("inputs", name, Rule.ADDED, "is new, and has no default") for name in after if name not in before]
    removed = [_reason("inputs", name, Rule.REMOVED, "is gone") for name in before if name not in after]
    kept = [name for name in before if name in after]
    return removed + added + [found for name in kept for found in _narrowed("inputs", after[name], before[name], name)]


def _outputs(old: Sequence[Tensor], new: Sequence[Tensor]) -> list[FieldError]:
    before, after = _by_name(old), _by_name(new)
    removed = [_reason("outputs", name, Rule.REMOVED, "is gone") for name in before if name not in after]
    kept = [name for name in before if name in after]
    return removed + [found for name in kept for found in _narrowed("outputs", before[name], after[name], name)]


def _narrowed(kind: str, wide: Tensor, narrow: Tensor, name: str) -> list[FieldError]:
    """Why `wide` does not have room for all of `narrow`: for inputs the old in the new, for outputs the other way."""
    old, new = (narrow, wide) if kind == "inputs" else (wide, narrow)
    found = []
    if not _holds_type(wide.dtype, narrow.dtype):
        found.append(_reason(kind, name, Rule.DTYPE, f"is {new.dtype}, was {old.dtype}"))
    if not _holds_shape(wide.shape, narrow.shape):
        found.append(_reason(kind, name, Rule.SHAPE, f"is {_shown(new.shape)}, was {_shown(old.shape)}"))
    return found


def _holds_type(wide: str, narrow: str) -> bool:
    if wide == narrow:
        return True
    if wide not in _WHOLE or narrow not in _WHOLE or (narrow in _FLOATS and wide not in _FLOATS):
        return False
    return all(bits >= needed for bits, needed in zip(_WHOLE[wide], _WHOLE[narrow], strict=True))


def _holds_shape(wide: tuple[int, ...], narrow: tuple[int, ...]) -> bool:
    return len(wide) == len(narrow) and all(a in (-1, b) for a, b in zip(wide, narrow, strict=True))


def _shown(shape: tuple[int, ...]) -> str:
    return f"[{', '.join('any' if size == -1 else str(size) for size in shape)}]"


def _by_name(tensors: Sequence[Tensor]) -> dict[str, Tensor]:
    return {tensor.name: tensor for tensor in tensors}


def _reason(kind: str, name: str, rule: Rule, message: str) -> FieldError:
    shown = name[:NAME_MAX]
    return FieldError(f"{kind}.{shown}", rule, f"{kind.removesuffix('s')} {shown} {message}")
