"""How long the last runs of each model took."""

_MODELS_MAX = 1024


class Durations:
    """The mean seconds of the last runs, by the digest of a model's file; of a bounded number of models."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def mean(self, sha256: str, otherwise: float) -> float:
        """The mean of a model's last runs; `otherwise` for one that has not run."""
        return self._seconds.get(sha256, otherwise)

    def add(self, sha256: str, seconds: float) -> None:
        """Notes a run. The first one loads the model, so the last ones weigh most."""
        known = self._seconds.pop(sha256, seconds)
        self._seconds[sha256] = (known + seconds) / 2
        if len(self._seconds) > _MODELS_MAX:
            del self._seconds[next(iter(self._seconds))]
