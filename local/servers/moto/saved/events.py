"""Event buses with their rules and targets.

Not saved: archives, replays, connections and API destinations, which the template can't declare.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.events.models import EventBus, EventBusPolicyStatement, EventPattern, EventsBackend, Rule

from local.servers.moto.documents import Document
from local.servers.moto.saved.service import SavedService

_BUS = ("description", "kms_key_identifier", "dead_letter_config", "tags", "creation_time", "last_modified_time")
_RULE = ("description", "scheduled_expression", "role_arn", "state", "managed_by", "created_by", "targets")


class Buses(SavedService):
    """The buses of one backend."""

    name = "events"

    def __init__(self, backend: EventsBackend) -> None:
        super().__init__()
        self._backend = backend

    def restore(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            self._backend.event_buses[name] = self._bus(name, value)

    def documents(self) -> Iterator[Document]:
        for name, bus in self._backend.event_buses.items():
            value: dict[str, Any] = {field: getattr(bus, field) for field in _BUS}
            value["resource_tags"] = self._tags(bus.arn)
            value["statements"] = [statement.describe() for statement in bus._statements.values()]
            value["rules"] = {rule.name: self._rule_value(rule) for rule in bus.rules.values()}
            yield name, value

    def _rule_value(self, rule: Rule) -> dict[str, Any]:
        fields = {field: getattr(rule, field) for field in _RULE}
        return fields | {"pattern": rule.event_pattern.dump(), "resource_tags": self._tags(rule.arn)}

    def _bus(self, name: str, value: dict[str, Any]) -> EventBus:
        bus = EventBus(self._backend.account_id, self._backend.region_name, name)  # type: ignore[abstract]
        for field in _BUS:
            setattr(bus, field, value[field])
        self._backend.tagger.tag_resource(bus.arn, value["resource_tags"])
        bus._statements = {each["Sid"]: EventBusPolicyStatement.from_dict(each) for each in value["statements"]}
        for rule, fields in value["rules"].items():
            bus.rules[rule] = self._rule(rule, name, fields)
        return bus

    def _rule(self, name: str, bus: str, value: dict[str, Any]) -> Rule:
        account, region = self._backend.account_id, self._backend.region_name
        rule = Rule(name, account, region, None, None, None, None, bus, None)  # type: ignore[abstract]
        for field in _RULE:
            setattr(rule, field, value[field])
        rule.event_pattern = EventPattern.load(value["pattern"])
        self._backend.tagger.tag_resource(rule.arn, value["resource_tags"])
        return rule

    def _tags(self, arn: str) -> list[dict[str, str]]:
        return self._backend.tagger.list_tags_for_resource(arn)["Tags"]
