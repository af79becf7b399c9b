"""Predictions to make, and made ones, as the use case takes and returns them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maas.domain.catalog.versions import Version
from maas.domain.inference.frames import Split
from maas.domain.inference.given_tensors import GivenTensor
from maas.domain.inference.outputs import Form, Output, Wanted
from maas.domain.inference.results import ANY_AGE, CacheControl
from maas.domain.rollouts.routing import Assignment
from maas.domain.rollouts.sticky import NO_KEYS, RoutingKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One prediction to make. Exactly one of `features`, `inputs`, `instances`, `records` and `split` is set.

    `outputs` names the outputs to compute, None all of them. `timeout` is in seconds. An empty `version` is the model's
    `default_ref`. `control` says which kept results may be taken. `keys` are what a rollout routes the call by.
    """

    model_id: str
    timeout: float
    version: str = ""
    keys: RoutingKeys = NO_KEYS
    features: Any = None
    inputs: Mapping[str, Any] | None = None
    instances: Sequence[Any] | None = None
    records: Sequence[Any] | None = None
    split: Split | None = None
    outputs: Sequence[str] | None = None
    control: CacheControl = ANY_AGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A prediction. `rows` is the first output, one item per row.

    With `single` it has one item: the caller sent one row and not a list, or the first output is not by row.
    `class_names` has an item for each row, None if the row is not an index into the version's class names. `outputs`
    has the computed outputs by name. `seconds` is the duration of the call. `id`, `age` and `rollout` are as of
    Inferred.
    """

    id: str
    version: Version
    rollout: Assignment | None
    single: bool
    rows: list[Any]
    class_names: list[str | None]
    outputs: Mapping[str, Output]
    age: int | None
    seconds: float

    @property
    def cached(self) -> bool:
        return self.age is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorQuestion:
    """One prediction of tensors to make, as of Question.

    `outputs` has names and forms of the outputs to compute, None all of them in the form `form`.
    """

    model_id: str
    timeout: float
    version: str = ""
    keys: RoutingKeys = NO_KEYS
    inputs: Sequence[GivenTensor]
    outputs: Mapping[str, Form] | None = None
    form: Form = Form.FLAT
    control: CacheControl = ANY_AGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """The computed outputs, in their order, and the version that they are of.

    `id` is the prediction's own (UUIDv7). `age` is that of a cached result in whole seconds, and None for others.
    `rollout` is set if the reference is an alias with an active rollout.
    """

    id: str
    version: Version
    rollout: Assignment | None
    wanted: Sequence[Wanted]
    outputs: Mapping[str, Output]
    age: int | None

    @property
    def parameters(self) -> Mapping[str, str]:
        """What the Open Inference Protocol has no field for, by the names of its parameters."""
        if self.rollout is None:
            return {"prediction_id": self.id}
        return {
            "prediction_id": self.id,
            "rollout_id": self.rollout.rollout_id,
            "rollout_side": self.rollout.side.value,
        }
