"""Shadows of calls from the message of the shadow function."""

from base64 import b64decode

from maas.contracts.shadowing import ShadowCall, ShadowsMessage
from maas.domain.inference.outputs import Form, Output
from maas.domain.inference.tensors import Values
from maas.domain.rollouts.tolerances import Tolerance
from maas.domain.shadowing.shadows import Answered, Shadow


def shadows_of(message: ShadowsMessage) -> list[Shadow]:
    """Raises ValueError: a text is not base64."""
    return [_shadow(each) for each in message.shadows]


def _shadow(call: ShadowCall) -> Shadow:
    return Shadow(
        tenant_id=call.tenant_id,
        model_id=call.model_id,
        rollout_id=call.rollout_id,
        candidate=call.candidate,
        prediction_id=call.prediction_id,
        values=tuple(
            Values(each.name, each.dtype, tuple(each.shape), b64decode(each.data, validate=True))
            for each in call.values
        ),
        answer={
            each.name: Answered(
                Form(each.form), Output(b64decode(each.content, validate=True), tuple(each.shape), each.dtype)
            )
            for each in call.answer
        },
        at=call.at,
        tolerance=Tolerance.of(call.tolerance.absolute, call.tolerance.relative),
    )
