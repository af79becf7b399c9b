"""The ports of shadow traffic in memory."""

from collections import defaultdict
from collections.abc import Sequence

from maas.domain.errors import Unavailable
from maas.domain.shadowing.samples import SAMPLES_MAX, Sample


class FakeSamples:
    """The Samples port. While `is_gone` it does not answer."""

    def __init__(self) -> None:
        self.samples: dict[tuple[str, str], list[Sample]] = defaultdict(list)
        self.is_gone = False

    def keep(self, tenant_id: str, rollout_id: str, sample: Sample) -> None:
        if self.is_gone:
            raise Unavailable("the table does not answer")
        found = self.samples[tenant_id, rollout_id]
        found.append(sample)
        del found[:-SAMPLES_MAX]

    def kept(self, tenant_id: str, rollout_id: str) -> Sequence[Sample]:
        if self.is_gone:
            raise Unavailable("the table does not answer")
        return sorted(self.samples[tenant_id, rollout_id], key=lambda sample: sample.at, reverse=True)
