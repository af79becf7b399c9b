"""One run of the judge: a look within the time of its function, and its figures as metrics."""

from collections import Counter
from collections.abc import Mapping

from maas.domain.errors import Unavailable
from maas.domain.inference.statistics import ByVersion, Slot
from maas.platform.observability import logger, publish
from maas.platform.request_context import remaining_seconds
from maas.services.judging import Answer, JudgeService, Looked

# Seconds of the longest run, and those that the look at one rollout may need of systems that hang.
RUN, ONE = 60.0, 30.0
_CHANGES = {
    "RolloutsAborted": (Answer.ABORTED,),
    "RolloutsPromoted": (Answer.PROMOTED,),
    "RolloutsPaused": (Answer.PAUSED,),
}
_UNJUDGED = (Answer.UNREADABLE, Answer.PAUSED, Answer.FAILED, Answer.LEFT)


class NoStatistics:
    """The StatisticsStore port of a stack without Redis: no figures can be read."""

    def add(self, counts: Mapping[Slot, ByVersion]) -> None:
        pass

    def read(self, tenant_id: str, model_id: str, minutes: range) -> ByVersion | None:  # noqa: ARG002 - the port's
        return None


class JudgeRuns:
    """The runs of a function's process. A run never raises for what the next one, a minute later, may find better."""

    def __init__(self, judge: JudgeService) -> None:
        self._judge = judge

    async def look(self) -> None:
        try:
            looked = await self._judge.look(lambda: remaining_seconds(RUN) - ONE)
        except Unavailable as error:
            logger.error("rollouts can't be judged", reason=error.message)
            publish({"RolloutsUnjudged": 1})
            return
        publish(_metrics(looked))


def _metrics(looked: list[Looked]) -> dict[str, int]:
    """Those that are not zero, because each has a price, and the one by whose absence an alarm tells that none ran."""
    found = Counter(each.answer for each in looked)
    changes = {name: sum(found[answer] for answer in answers) for name, answers in _CHANGES.items()}
    counts = {"Rollouts": len(looked), **changes}
    unjudged = sum(found[answer] for answer in _UNJUDGED)
    return {"RolloutsUnjudged": unjudged, **{name: count for name, count in counts.items() if count}}
