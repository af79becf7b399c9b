import pytest
import semver
from hypothesis import given, settings
from hypothesis import strategies as st

from maas.domain.catalog.version_changes import Bump, bumped
from maas.domain.catalog.versions import newer
from maas.domain.errors import InvalidInput

identifiers = st.sampled_from(["0", "1", "9", "alpha", "alpha9", "alpha9z", "rc", "-", "0a"])
prereleases = st.lists(identifiers, max_size=3).map(lambda parts: f"-{'.'.join(parts)}" if parts else "")
numbers = st.integers(0, 12)
versions = st.builds("{}.{}.{}{}{}".format, numbers, numbers, numbers, prereleases, st.sampled_from(["", "+b.7"]))


# The output of npm's `semver -i`, except that npm's first prerelease is 0.
@pytest.mark.parametrize(
    ("highest", "major", "minor", "patch", "prerelease"),
    [
        ("", "1.0.0", "0.1.0", "0.0.1", "0.0.1-rc.1"),
        ("1.2.3", "2.0.0", "1.3.0", "1.2.4", "1.2.4-rc.1"),
        ("1.2.3+build.5", "2.0.0", "1.3.0", "1.2.4", "1.2.4-rc.1"),
        ("1.2.3-rc.1", "2.0.0", "1.3.0", "1.2.3", "1.2.3-rc.2"),
        ("1.3.0-rc.9", "2.0.0", "1.3.0", "1.3.0", "1.3.0-rc.10"),
        ("2.0.0-alpha", "2.0.0", "2.0.0", "2.0.0", "2.0.0-alpha.1"),
        ("2.0.0-alpha.beta", "2.0.0", "2.0.0", "2.0.0", "2.0.0-alpha.beta.1"),
        ("2.0.0-0", "2.0.0", "2.0.0", "2.0.0", "2.0.0-1"),
    ],
)
def test_each_bump_gives_the_next_number(highest: str, major: str, minor: str, patch: str, prerelease: str) -> None:
    assert [bumped(highest, bump) for bump in Bump] == [major, minor, patch, prerelease]


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(versions, st.sampled_from(Bump))
def test_a_bumped_number_is_always_higher(highest: str, bump: Bump) -> None:
    found = bumped(highest, bump)
    assert newer(found, highest)
    assert (semver.Version.parse(found).prerelease is not None) == (bump is Bump.PRERELEASE)


def test_a_bumped_number_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        bumped(f"1.0.0-{'a' * 58}", "prerelease")
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("bump", "max_length")
