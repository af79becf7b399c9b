"""A version to be created, a change of a stored version, and the next version number."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import semver

from maas.domain import value_rules
from maas.domain.catalog.metadata_texts import checked_texts
from maas.domain.catalog.version_settings import CLASS_NAMES, FEATURE_NAMES, NONDETERMINISTIC
from maas.domain.catalog.versions import SERVED, Version, checked_metadata, parse
from maas.domain.errors import InvalidInput, Rule, WrongState
from maas.domain.mapping_diff import same_json

_FIRST_PRERELEASE = "rc.1"
# Predictions depend on these entries of the metadata, and the answers of a published version never change.
FIXED_METADATA = (CLASS_NAMES, FEATURE_NAMES, NONDETERMINISTIC)


class Bump(StrEnum):
    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    PRERELEASE = "prerelease"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """A version to be created. Exactly one of `version` and `bump` is set; `parent` is the version it is based on."""

    version: str = ""
    bump: str = ""
    parent: str = ""
    changelog: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    model_card: str = ""

    def checked(self) -> "NewVersion":
        """This version with every field in stored form.

        Raises:
            InvalidInput: a field breaks its rule.
        """
        if self.version and self.bump:
            raise InvalidInput.of("bump", Rule.EXCLUSIVE, "must not be given together with version")
        if self.bump and self.bump not in set(Bump):
            raise InvalidInput.of("bump", Rule.ENUM, f"must be one of {', '.join(Bump)}")
        return replace(
            self,
            version="" if self.bump else parse(self.version),
            parent=self.parent and parse(self.parent, "parent"),
            changelog=value_rules.changelog(self.changelog),
            metadata=checked_texts(checked_metadata(dict(self.metadata)), {}),
            metrics=value_rules.metrics(self.metrics),
            model_card=value_rules.model_card(self.model_card),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChange:
    """A partial update of a version.

    None keeps a field as it is. `metadata` and `metrics` replace all stored entries.
    """

    changelog: str | None = None
    metadata: Mapping[str, Any] | None = None
    metrics: Mapping[str, float] | None = None
    model_card: str | None = None
    expected_revision: int | None = None

    def amend(self, version: Version) -> dict[str, Any]:
        """The fields that change, in stored form.

        Raises:
            InvalidInput: a field breaks its rule.
            WrongState: the version is published, and predictions depend on a field that would change.
        """
        wanted: dict[str, Any] = {}
        if self.changelog is not None:
            wanted["changelog"] = value_rules.changelog(self.changelog)
        if self.metadata is not None:
            wanted["metadata"] = checked_texts(checked_metadata(dict(self.metadata)), version.metadata)
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
    """A missing entry differs from an entry that is null."""
    return {name: metadata[name]} if name in metadata else {}


def bumped(highest: str, bump: str) -> str:
    """The next number above `highest`; an empty `highest` counts as 0.0.0.

    A prerelease precedes its release, so a major, minor or patch bump of 2.0.0-rc.1 is 2.0.0.

    Raises:
        InvalidInput: the number would be longer than 64 characters.
    """
    version = semver.Version.parse(highest or "0.0.0")
    if bump != Bump.PRERELEASE:
        return parse(str(version.next_version(bump)), "bump")
    if version.prerelease is None:
        return parse(f"{version.bump_patch()}-{_FIRST_PRERELEASE}", "bump")
    *kept, last = version.prerelease.split(".")
    following = [str(int(last) + 1)] if last.isdigit() else [last, "1"]
    return parse(f"{version.finalize_version()}-{'.'.join([*kept, *following])}", "bump")
