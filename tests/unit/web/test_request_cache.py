import pytest

from maas.web.request_cache import wants_fresh


@pytest.mark.parametrize("given", ["no-cache", "No-Cache", "max-stale, no-cache", "no-store", "max-age=0"])
def test_these_directives_take_no_stored_answer(given: str) -> None:
    assert wants_fresh(given)


@pytest.mark.parametrize("given", [None, "", "max-age=60", "only-if-cached", "no-cachet", ",,", "private"])
def test_all_others_take_one(given: str | None) -> None:
    assert not wants_fresh(given)
