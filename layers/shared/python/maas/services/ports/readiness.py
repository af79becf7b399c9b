"""What the readiness report needs from the outside."""

from typing import Protocol


class RegistryHealth(Protocol):
    """The health services of the registry: `live` for the process, empty for its table, `cache` for its Redis."""

    async def health(self, service: str, seconds: float) -> bool | None:
        """Returns whether the service is healthy; None if there is no such service.

        Raises Unavailable: no answer within `seconds`.
        """
        ...


class Store(Protocol):
    """A table, bucket or queue."""

    def check(self) -> None:
        """Asks for its description. Blocks for a second at most. Raises any error if it does not answer."""
        ...
