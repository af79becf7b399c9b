"""Compatibility of two signatures: whether callers of an earlier version can call a later one.

An input may accept more than before and an output may return less: every value that was valid stays valid, and no new
kind of value is returned. A prediction also returns the first output by its position.
"""

from collections.abc import Sequence

from maas.domain.catalog.formats import is_served
from maas.domain.catalog.versions import Artifact, Signature, Tensor, by_name, shape_text
from maas.domain.errors import FieldError, Incompatible, Rule
from maas.domain.tensor_rules import DTYPES, Family

# The reasons travel in the trailing headers of a gRPC answer, which gRPC limits to 8 KiB.
REASONS_MAX, NAME_MAX = 20, 40


def breaking_changes(old: Signature, new: Signature) -> list[FieldError]:
    """The reasons why callers of `old` can't call `new`; empty if they can."""
    found = [*_inputs(old.inputs, new.inputs), *_outputs(old.outputs, new.outputs)]
    if old.outputs and new.outputs and new.outputs[0].name != old.outputs[0].name:
        message = f"{new.outputs[0].name} is the first output now, it was {old.outputs[0].name}"
        found.append(FieldError("outputs", Rule.FIRST, message))
    return found


def broken_by(old: Artifact, new: Artifact) -> list[FieldError]:
    """The reasons why a version with the file `new` breaks callers of one with the file `old`.

    A file that is not served has no callers.
    """
    if not is_served(old.format):
        return []
    if is_served(new.format):
        return breaking_changes(old.signature, new.signature)
    return [FieldError("format", Rule.SERVED, f"the format is {new.format}, which is not served; it was {old.format}")]


def incompatible(version: str, followed: str, reasons: Sequence[FieldError]) -> Incompatible:
    """The error for a version that breaks callers of `followed`.

    It lists the first 20 reasons; its message has the number of all reasons.
    """
    message = (
        f"version {version} breaks callers of {followed}, which it follows, in {len(reasons)} way(s); "
        "publish it as a major version, or force it with a reason"
    )
    return Incompatible(message, reasons[:REASONS_MAX])


def _inputs(old: Sequence[Tensor], new: Sequence[Tensor]) -> list[FieldError]:
    before, after = by_name(old), by_name(new)
    added = [_reason("inputs", name, Rule.ADDED, "is new, and has no default") for name in after if name not in before]
    kept = [name for name in before if name in after]
    narrowed = [found for name in kept for found in _narrowed("inputs", after[name], before[name], name)]
    return [*_removed("inputs", before, after), *added, *narrowed]


def _outputs(old: Sequence[Tensor], new: Sequence[Tensor]) -> list[FieldError]:
    before, after = by_name(old), by_name(new)
    kept = [name for name in before if name in after]
    widened = [found for name in kept for found in _narrowed("outputs", before[name], after[name], name)]
    return [*_removed("outputs", before, after), *widened]


def _removed(kind: str, before: dict[str, Tensor], after: dict[str, Tensor]) -> list[FieldError]:
    return [_reason(kind, name, Rule.REMOVED, "is gone") for name in before if name not in after]


def _narrowed(kind: str, wide: Tensor, narrow: Tensor, name: str) -> list[FieldError]:
    """The reasons why `wide` does not hold every value of `narrow`.

    For inputs, `wide` must be the new tensor; for outputs, the old one.
    """
    old, new = (narrow, wide) if kind == "inputs" else (wide, narrow)
    found = []
    if not _holds_type(wide.dtype, narrow.dtype):
        found.append(_reason(kind, name, Rule.DTYPE, f"is {new.dtype}, was {old.dtype}"))
    if not _holds_shape(wide.shape, narrow.shape):
        found.append(_reason(kind, name, Rule.SHAPE, f"is {shape_text(new.shape)}, was {shape_text(old.shape)}"))
    return found


def _holds_type(wide: str, narrow: str) -> bool:
    if wide == narrow:
        return True
    wider, narrower = DTYPES.get(wide), DTYPES.get(narrow)
    if wider is None or narrower is None or wider.exact_bits is None or narrower.exact_bits is None:
        return False
    if narrower.family is Family.FLOAT and wider.family is not Family.FLOAT:
        return False
    return all(bits >= needed for bits, needed in zip(wider.exact_bits, narrower.exact_bits, strict=True))


def _holds_shape(wide: tuple[int, ...], narrow: tuple[int, ...]) -> bool:
    return len(wide) == len(narrow) and all(a in (-1, b) for a, b in zip(wide, narrow, strict=True))


def _reason(kind: str, name: str, rule: Rule, message: str) -> FieldError:
    short = name[:NAME_MAX]
    return FieldError(f"{kind}.{short}", rule, f"{kind.removesuffix('s')} {short} {message}")
