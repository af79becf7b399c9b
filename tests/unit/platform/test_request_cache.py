import pytest

from maas.domain.inference.results import ANY_AGE, CACHED_FOR, FRESH, CacheControl
from maas.platform.request_cache import cache_control


@pytest.mark.parametrize("given", ["no-cache", "No-Cache", "max-stale, no-cache", "max-age=0", "max-age=60,max-age=0"])
def test_these_directives_take_no_kept_result(given: str) -> None:
    assert cache_control(given) == FRESH


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "only-if-cached",
        "no-cachet",
        ",,",
        "private",
        "max-age=",
        "max-age=-1",
        "max-age=1.5",
        "max-age=\u0663",
    ],
)
def test_these_take_each(given: str | None) -> None:
    assert cache_control(given) == ANY_AGE


@pytest.mark.parametrize(
    ("given", "age"), [("max-age=7", 7), ("Max-Age=60 , private", 60), ("max-age=9999", CACHED_FOR)]
)
def test_an_age_is_the_limit(given: str, age: int) -> None:
    assert cache_control(given) == CacheControl(age)


def test_a_number_of_any_length_is_no_limit() -> None:
    assert cache_control("max-age=" + "9" * 5000) == ANY_AGE


@pytest.mark.parametrize("given", ["no-store", "no-cache, NO-STORE", "max-age=5, no-store"])
def test_what_is_not_to_be_stored(given: str) -> None:
    assert cache_control(given).no_store
