"""What may still be said differently of a version, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maas.domain import value_rules
from maas.domain.catalog.versions import SERVED, Version, checked_metadata
from maas.domain.errors import WrongState
from maas.domain.mapping_diff import same_json

# Predictions depend on these entries of the metadata, and what a published version answers never changes.
FIXED_METADATA = ("class_names", "nondeterministic")


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChange:
    """None leaves a field as it is; `metadata` and `metrics` replace all of theirs."""

    changelog: str | None = None
    metadata: Mapping[str, Any] | None = None
    metrics: Mapping[str, float] | None = None
    model_card: str | None = None
    expected_revision: int | None = None

    def amend(self, version: Version) -> dict[str, Any]:
        """The fields that really change, in stored form.

        Raises:
            InvalidInput: a field breaks its rule.
            WrongState: the version is published, and predictions depend on what would change.
        """
        wanted: dict[str, Any] = {}
        if self.changelog is not None:
            wanted["changelog"] = value_rules.changelog(self.changelog)
        if self.metadata is not None:
            wanted["metadata"] = checked_metadata(dict(self.metadata))
            _check_fixed(version, wanted["metadata"])
        if self.metrics is not None:
            wanted["metrics"] = value_rules.metrics(self.metrics)
        if self.model_card is not None:
            wanted["model_card"] = value_rules.model_card(self.model_card)
        return {name: value for name, value in wanted.items() if not same_json(value, getattr(version, name))}


def _check_fixed(version: Version, metadata: Mapping[str, Any]) -> None:
    for name in FIXED_METADATA if version.state in SERVED else ():
        if not same_json(_entry(metadata, name), _entry(version.metadata, name)):
            message = f"version {version.version} is {version.state}: predictions use its {name}, which can't change"
            raise WrongState.of(f"metadata.{name}", message)


def _entry(metadata: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Absent is not null."""
    return {name: metadata[name]} if name in metadata else {}
