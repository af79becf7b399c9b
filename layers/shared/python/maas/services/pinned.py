"""The pinned model: one model that answers everybody, as a service of one model does.

See docs/decisions/0086-the-pinned-model-is-open.md.
"""

from typing import Any

from maas.domain.errors import MaasError, NotFound, NotServed, PermissionDenied, Unavailable, WrongState
from maas.domain.identity.principals import Principal, pinned
from maas.domain.inference.pins import Pin
from maas.domain.rollouts.sticky import NO_KEYS, RoutingKeys
from maas.platform.observability import logger
from maas.services.inference import InferenceService
from maas.services.ports.inference import ModelRuntime
from maas.services.questions import Prediction, Question

# Callers did not choose the model, so nothing is wrong with their requests.
_NOT_THERE = (NotFound, NotServed, PermissionDenied, WrongState)


class PinnedService:
    """Predictions with the pinned model. Callers have no name, and count as one user of the model's organization."""

    def __init__(self, pin: Pin, predictions: InferenceService, runtime: ModelRuntime) -> None:
        self._pin = pin
        self._predictions = predictions
        self._runtime = runtime
        self.caller: Principal = pinned(pin.tenant_id)

    async def is_loaded(self, seconds: float) -> bool:
        """Returns whether this process has the model now; it is loaded if that takes less than `seconds`."""
        try:
            _, artifact = await self._predictions.served(self.caller, self._pin.model, self._pin.ref)
            await self._runtime.load(artifact, seconds)
        except MaasError as error:
            logger.warning("the pinned model can't be loaded", reason=error.message)
            return False
        return True

    async def predict(self, features: Any, seconds: float, keys: RoutingKeys = NO_KEYS) -> Prediction:
        """Predicts within `seconds`; a rollout routes the call by `keys`.

        Raises InvalidInput (features), Exhausted, TimedOut, TooLarge, ModelResources, ModelCrashed, Unavailable (also
        if the pinned model or version is not there).
        """
        question = Question(
            model_id=self._pin.model, version=self._pin.ref, features=features, timeout=seconds, keys=keys
        )
        try:
            return await self._predictions.predict(self.caller, question)
        except _NOT_THERE as error:
            logger.warning("the pinned model does not answer", reason=error.message)
            raise Unavailable("the pinned model can't be served now") from None
