"""What a judge keeps of a rollout from look to look, so that guards see all of a step and time goes on with no clock's
jumps. docs/decisions/0083-one-watch-of-a-rollout.md has the reasons.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from maas.domain.inference.statistics import ByVersion
from maas.domain.judging.figures import LIVE, Figures, compared, judged, side, since, summed

# Minutes by which clocks of functions may differ, with two for counts that come late: counts of a minute are final
# after so many minutes.
SETTLING = 12
# Minutes of counts that the store still has at each look.
KEPT = 60
# One look adds at most so many seconds to the time of a step, whatever the clock says. Looks are a minute apart.
LONGEST_LOOK = 90.0


@dataclass(frozen=True, slots=True)
class Watch:
    """What has been seen of a rollout.

    `step` is the one that was seen last, for `seconds` in all, `at` seconds since 1970 by the judge's clock.
    `final` are the sums of all minutes before `final_to`, and `seen` all sums of the last look. `before` are the sums
    at the start of the step. `reports` is the number of reports of drift that were judged, and `report` the last one.
    `revision` counts the writes.
    """

    step: int
    at: float
    final_to: int
    final: ByVersion = field(default_factory=dict)
    seen: ByVersion = field(default_factory=dict)
    before: ByVersion = field(default_factory=dict)
    seconds: float = 0.0
    reports: int = 0
    report: str = ""
    revision: int = 0

    def settled(self, now: float) -> range:
        """The minutes whose counts become final at this look."""
        minute = int(now // 60)
        return range(max(self.final_to, minute - KEPT), max(self.final_to, minute - SETTLING))

    def open(self, now: float) -> range:
        """The minutes after those, up to the one that the fastest clock may have reached."""
        return range(self.settled(now).stop, int(now // 60) + SETTLING)

    def looked(self, now: float, step: int, settled: ByVersion, unsettled: ByVersion, *, runs: bool = True) -> "Watch":
        """The watch after a look. Another step than before begins with what the last look has seen.

        The time of a step that does not run stands still.
        """
        final = summed(self.final, judged(settled))
        is_same = step == self.step
        passed = min(max(0.0, now - self.at), LONGEST_LOOK) if runs else 0.0
        return replace(
            self,
            step=step,
            at=now,
            final_to=self.settled(now).stop,
            final=final,
            seen=summed(final, judged(unsettled)),
            before=self.before if is_same else self.seen,
            seconds=self.seconds + passed if is_same else 0.0,
            revision=self.revision + 1,
        )

    def reported(self, report: str) -> "Watch":
        """The watch after a report of drift was read, which is another look if it is a new one."""
        return self if report == self.report else replace(self, report=report, reports=self.reports + 1)

    def figures(self, percent: float) -> Figures:
        """The figures of the step. Live has no calls beside a candidate that gets all: there its earlier ones count."""
        here = since(self.seen, self.before)
        live = self.seen if percent >= 100 else here
        return Figures(live=side(live[LIVE]), candidate=side(here["candidate"]), compared=compared(here["candidate"]))


def begun(now: float, step: int, live: Mapping[str, int]) -> Watch:
    """The watch at the first look. `live` are counts of the live version from before the rollout."""
    known = judged({LIVE: live})
    return Watch(step=step, at=now, final_to=int(now // 60) - KEPT, final=known, seen=known, before=known)
