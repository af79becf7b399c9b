"""Tests that may be looked at after every call: whenever one looks, evidence of 1/alpha comes by chance in alpha of all
rollouts, however often one has looked before.

Each test is a martingale that begins at 1, so Ville's inequality bounds the chance that it ever reaches 1/alpha. The
martingales are likelihood ratios, mixed over the alternatives by a Beta distribution. Any distribution is right; one
that has much of its weight near the true rate finds it sooner.

- H. Robbins (1970), "Statistical methods related to the law of the iterated logarithm", Annals of Mathematical
  Statistics 41(5): the method of mixtures.
- R. Johari, P. Koomen, L. Pekelis, D. Walsh (2022), "Always valid inference: continuous monitoring of A/B tests",
  Operations Research 70(3): the mixture SPRT for comparing two sides.
- S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence
  sequences", Annals of Statistics 49(2): the beta-binomial mixture, and its inversion to confidence sequences.
- S. R. Howard, A. Ramdas (2022), "Sequential estimation of quantiles with applications to A/B testing and best-arm
  identification", Bernoulli 28(3): a quantile is tested by the share of values beyond it.
- I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas (2024), "Time-uniform central limit theory and
  asymptotic confidence sequences", Annals of Statistics 52(6): means of values without bounds.

Evidence is a natural logarithm here; 0 or less is none. The tests take calls for independent of each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, exp, floor, inf, lgamma, log, log1p, log2, sqrt

_GOLDEN = (sqrt(5) - 1) / 2
_ROUNDS = 60
# Buckets of durations are quarters of a power of two (maas.domain.inference.statistics), searched in eighths.
_BUCKETS, _PARTS = 4, 8
# The asymptotic sequence is narrowest at about this number of values.
_NARROWEST = 500


@dataclass(frozen=True, slots=True)
class Prior:
    """The Beta distribution of rates that a test mixes over."""

    hits: float
    misses: float

    def log_mixed(self, hits: float, misses: float) -> float:
        """The logarithm of the mixed likelihood of these hits and misses."""
        return _log_beta(self.hits + hits, self.misses + misses) - _log_beta(self.hits, self.misses)


# Jeffreys's distribution; for a side that works, whose failures are rare; and for one that may not.
EVEN, RARE, SOME = Prior(0.5, 0.5), Prior(0.5, 10), Prior(1, 3)


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `calls`; hits may be a fraction where a histogram is cut within a bucket."""

    hits: float
    calls: int

    @property
    def rate(self) -> float:
        return self.hits / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """The number, mean and variance of values without bounds."""

    count: int
    mean: float
    variance: float


def against(share: Share, rate: float, prior: Prior = EVEN) -> float:
    """The evidence against the hypothesis that the true rate is `rate`, from either side."""
    hits, misses = share.hits, share.calls - share.hits
    if (rate <= 0 < hits) or (rate >= 1 and misses > 0):
        return inf
    likely = (hits * log(rate) if hits else 0.0) + (misses * log1p(-rate) if misses else 0.0)
    return prior.log_mixed(hits, misses) - likely


def above(share: Share, rate: float, prior: Prior = EVEN) -> float:
    """The evidence that the true rate is higher than `rate`: the least against any rate up to there."""
    return against(share, min(max(rate, 0.0), share.rate), prior)


def higher(share: Share, other: Share, margin: float) -> float:
    """The evidence that one side's rate is higher than the other's by more than `margin`.

    It is the least of both sides' evidence over all true rates of the other side, of which it is a convex function.
    With no call of the other side nothing is known of it, so there is no evidence.
    """

    def both(rate: float) -> float:
        return _tempered(against(other, rate, RARE)) + above(share, rate + margin, SOME)

    # Rates beyond 1 - margin are among them: if so many calls of the other side fail, no rate is higher by the margin.
    likely = both(other.rate)
    return likely if likely <= 0 else _least(both, 1.0)


def slower(candidate: Mapping[int, int], live: Mapping[int, int], factor: float, quantile: float) -> float:
    """The evidence that the candidate's quantile of durations is more than `factor` times live's.

    Both are histograms, number by bucket of durations. Within a bucket, durations are taken for spread evenly by their
    logarithm on both sides, which is half a bucket (9 %) off at most. It is the least evidence over all values that
    live's true quantile may have.
    """
    ours, others = _Cumulated(candidate), _Cumulated(live)
    if not ours.total or not others.total:
        return 0.0
    shift = _BUCKETS * log2(factor)

    def both(place: float) -> float:
        of_live = _tempered(against(Share(others.below(place), others.total), quantile))
        beyond = max(0, ours.total - ceil(ours.below(place + shift)))
        return of_live + above(Share(beyond, ours.total), 1 - quantile)

    likely = both(quantile_of(live, quantile))
    if likely <= 0:
        return likely
    return min(both(part / _PARTS) for part in range(min(live) * _PARTS, (max(live) + 1) * _PARTS + 1))


def bounds(share: Share, alpha: float) -> tuple[float, float]:
    """The confidence sequence at this moment: the true rate is always within, but in `alpha` of all cases."""
    limit = -log(alpha)
    return _edge(share, 0.0, limit), _edge(share, 1.0, limit)


def mean_bounds(spread: Spread, alpha: float) -> tuple[float, float]:
    """The asymptotic confidence sequence of a mean at this moment (Waudby-Smith et al., theorem 2.2)."""
    if spread.count < 2:
        return -inf, inf
    ratio = (2 * log(1 / alpha) + log(2 * log(1 / alpha) + 1)) / _NARROWEST  # their rho squared, equation 14
    scaled = spread.count * ratio + 1
    width = sqrt(spread.variance * 2 * scaled / (spread.count**2 * ratio) * log(sqrt(scaled) / alpha))
    return spread.mean - width, spread.mean + width


def quantile_of(durations: Mapping[int, int], quantile: float) -> float:
    """The place of a quantile among the buckets, from 0, with parts of a bucket."""
    wanted = quantile * sum(durations.values())
    for bucket, number in sorted(durations.items()):
        if number >= wanted:
            return bucket + wanted / number
        wanted -= number
    return 0.0


def _least(function: Callable[[float], float], high: float) -> float:
    """The lowest value of a convex function from 0 to `high`, by golden sections."""
    low, width = 0.0, _GOLDEN * high
    left, right = function(high - width), function(low + width)
    for _ in range(_ROUNDS):
        if left <= right:
            high, right = low + width, left
            width = _GOLDEN * (high - low)
            left = function(high - width)
        else:
            low, left = high - width, right
            width = _GOLDEN * (high - low)
            right = function(low + width)
    return min(left, right)


def _tempered(evidence: float) -> float:
    """The evidence of the mean of a martingale and 1, which is a martingale too and never below one half.

    Live has many calls. Without this, its large sample would cost a candidate's evidence as much as a small one.
    """
    return evidence - log(2) if evidence > 50 else log1p(exp(evidence)) - log(2)


class _Cumulated:
    """A histogram, asked for the number of values below a place among its buckets."""

    def __init__(self, durations: Mapping[int, int]) -> None:
        self._durations = durations
        self._last = max(durations, default=-1)
        self._sums = [*accumulate((durations.get(bucket, 0) for bucket in range(self._last + 1)), initial=0)]
        self.total = self._sums[-1]

    def below(self, place: float) -> float:
        bucket = floor(place)
        if bucket > self._last:
            return self.total
        return self._sums[bucket] + (place - bucket) * self._durations.get(bucket, 0)


def _log_beta(first: float, second: float) -> float:
    return lgamma(first) + lgamma(second) - lgamma(first + second)


def _edge(share: Share, end: float, limit: float) -> float:
    """Where the evidence reaches the limit between the share's own rate and 0 or 1."""
    inside, outside = share.rate, end
    if against(share, outside) < limit:
        return outside
    for _ in range(_ROUNDS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if against(share, middle) < limit else (inside, middle)
    return outside
