"""What a caller says of a version to be made, and which number is the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import semver

from maas.domain import value_rules
from maas.domain.catalog.versions import checked_metadata, parse
from maas.domain.errors import InvalidInput, Rule

_FIRST_PRERELEASE = "rc.1"


class Bump(StrEnum):
    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    PRERELEASE = "prerelease"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """Exactly one of `version` and `bump` is set. `parent`: the version it was made from."""

    version: str = ""
    bump: str = ""
    parent: str = ""
    changelog: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    model_card: str = ""

    def checked(self) -> "NewVersion":
        """The same in stored form.

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
            metadata=checked_metadata(dict(self.metadata)),
            metrics=value_rules.metrics(self.metrics),
            model_card=value_rules.model_card(self.model_card),
        )


def bumped(highest: str, bump: str) -> str:
    """The number that follows `highest` (empty: 0.0.0), and is higher.

    A prerelease is on the way to its release, so 2.0.0-rc.1 becomes 2.0.0 as major, minor and patch alike.

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
