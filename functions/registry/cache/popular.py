"""Which keys are read most."""

from collections import Counter

COUNTED = 20_000  # keys
TOLD = 500


class Popular:
    """Reads since they were last taken."""

    def __init__(self) -> None:
        self._reads: Counter[str] = Counter()

    def count(self, key: str) -> None:
        if key in self._reads or len(self._reads) < COUNTED:
            self._reads[key] += 1

    def take(self) -> dict[str, int]:
        most = dict(self._reads.most_common(TOLD))
        self._reads.clear()
        return most
