"""The questions of callers to the log: records by actor, action, object and time."""

from collections.abc import Collection
from dataclasses import dataclass

from maas.domain import value_rules
from maas.domain.audit.events import OBJECT, TEXT_MAX, fits, root_of, stamp
from maas.domain.errors import InvalidInput, Rule

_EVER = ("0", ":")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Times from `start` up to and not including `end`, in the form of `stamp`; empty for no bound."""

    start: str = ""
    end: str = ""

    @classmethod
    def parse(cls, start: str, end: str) -> "Period":
        """The period of a request. Raises InvalidInput (from, to)."""
        period = cls(
            start=stamp(value_rules.moment(start, "from")) if start else "",
            end=stamp(value_rules.moment(end, "to")) if end else "",
        )
        if period.end and period.start > period.end:
            raise InvalidInput.of("from", Rule.ORDER, "must not be later than to")
        return period

    @property
    def bounds(self) -> tuple[str, str]:
        """Texts below and above all stamps of the period."""
        return self.start or _EVER[0], self.end or _EVER[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Records that agree with each of these; an empty text is any. An object stands for all that is below it too."""

    actor: str = ""
    action: str = ""
    object: str = ""
    period: Period = Period()

    @classmethod
    def parse(cls, actor: str, action: str, path: str, period: Period, *, actions: Collection[str]) -> "AuditFilter":
        """The filter of a request; `actions` are all types of events. Raises InvalidInput (actor, action, object)."""
        if not fits(actor):
            raise InvalidInput.of("actor", Rule.MAX_LENGTH, f"must have at most {TEXT_MAX} bytes")
        if action and action not in actions:
            raise InvalidInput.of("action", Rule.ENUM, f"must be one of {', '.join(actions)}")
        if path and not (fits(path) and OBJECT.fullmatch(path)):
            raise InvalidInput.of("object", Rule.INVALID, "must be a kind and an id, such as model/<id>")
        return cls(actor=actor, action=action, object=path, period=period)

    def takes(self, *, actor: str, action: str, path: str) -> bool:
        """Returns whether a record is wanted, whose time is in the period."""
        below = path == self.object or path.startswith(f"{self.object}/")
        return self.actor in ("", actor) and self.action in ("", action) and (not self.object or below)

    @property
    def root(self) -> str:
        return root_of(self.object) if self.object else ""
