import pytest

from maas.platform.request_ids import is_sane


@pytest.mark.parametrize("request_id", ["a", "a" * 64, "Root=1-67891233-abcdef012345678912345678", "0f8b.x_y"])
def test_a_short_plain_id_is_sane(request_id: str) -> None:
    assert is_sane(request_id)


@pytest.mark.parametrize("request_id", ["", "a" * 65, "a b", "a\n", "ä", '"', "a/b"])
def test_an_empty_long_or_odd_id_is_not_sane(request_id: str) -> None:
    assert not is_sane(request_id)
