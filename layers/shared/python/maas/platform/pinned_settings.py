"""The setting of the pinned model, apart from the others: only the function that predicts loads what parses it."""

from dataclasses import dataclass

from maas.domain.errors import InvalidInput
from maas.domain.inference.pins import Pin, parse_pin
from maas.platform.environment import SettingsError, env

_NAME = "MAAS_PINNED_MODEL"


@dataclass(frozen=True)
class PinnedSettings:
    """The model that answers everybody at /predict, as `<organization id>/<model>@<reference>`; empty: none does."""

    model: str = env(_NAME, default="")

    def __post_init__(self) -> None:
        """Raises SettingsError if `model` is malformed."""
        try:
            _ = self.pin
        except InvalidInput as error:
            raise SettingsError(error.message) from error

    @property
    def pin(self) -> Pin | None:
        return parse_pin(self.model, _NAME) if self.model else None
