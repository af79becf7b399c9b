"""Answered predictions of a version of five inputs' kinds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from maas.domain.catalog.versions import Artifact, Signature, Tensor, Version, VersionState
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.domain.inference.outputs import Form, Output, Wanted
from maas.domain.inference.packing import packed
from maas.domain.inference.tensors import Feed, Values
from maas.domain.monitoring.predictions import Predicted

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
AT = NOW.timestamp()
X = Tensor("x", "float", (-1, 2))
LABEL = Tensor("label", "int64", (-1,))


def version(
    inputs: Sequence[Tensor] = (X,), outputs: Sequence[Tensor] = (LABEL,), number: str = "1.0.0", **metadata: Any
) -> Version:
    return Version(
        model_id="iris",
        tenant_id="acme",
        version=number,
        state=VersionState.PUBLISHED,
        created_by="ada",
        created_at=NOW,
        updated_at=NOW,
        metadata=metadata,
        artifact=Artifact(storage_key="k", size=1, sha256="0" * 64, signature=Signature((*inputs,), (*outputs,))),
    )


def predicted(
    of: Version, given: Mapping[str, Sequence[Any]], answered: Mapping[str, Any], *, rows: int = 1, at: float = AT
) -> Predicted:
    """A prediction of `rows` rows with these elements of the inputs, in one row, and these nested lists as outputs."""
    assert of.artifact is not None
    signature = of.artifact.signature
    values = tuple(
        Values(each.name, each.dtype, (rows, *each.shape[1:]), packed(each.dtype, given[each.name]))
        for each in signature.inputs
    )
    return Predicted(
        prediction_id=new_id(),
        by=Principal("ada", "acme", frozenset(), frozenset()),
        version=of,
        feed=Feed(values, "features", single=False),
        rollout=None,
        outputs={each.name: Output.of(answered[each.name], each.dtype) for each in signature.outputs},
        wanted=[Wanted(each, Form.NESTED) for each in signature.outputs],
        at=at,
    )
