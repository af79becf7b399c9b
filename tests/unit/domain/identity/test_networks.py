"""Networks of API keys, and the addresses in them."""

import pytest

from maas.domain.errors import InvalidInput, PermissionDenied, Rule
from maas.domain.identity.networks import NETWORKS_MAX, check_source, is_within, networks


def test_networks_are_stored_in_canonical_form() -> None:
    given = ["203.0.113.0/24", "203.0.113.0/255.255.255.0", "192.0.2.7", "2001:DB8:0::/32", "::ffff:192.0.2.0/120"]
    assert networks(given) == ("203.0.113.0/24", "192.0.2.7/32", "2001:db8::/32", "192.0.2.0/24")


@pytest.mark.parametrize(
    "text", ["", "x", "203.0.113.1/24", "203.0.113.0/33", "fe80::1%eth0/128", "٣.0.0.0/8", " 10.0.0.0/8", "1" * 5000]
)
def test_another_text_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        networks(["10.0.0.0/8", text])
    assert (refused.value.fields[0].field, refused.value.fields[0].rule) == ("networks[1]", Rule.NETWORK)


def test_the_number_of_networks_is_bounded() -> None:
    assert len(networks([f"10.0.{n}.0/24" for n in range(NETWORKS_MAX)])) == NETWORKS_MAX
    with pytest.raises(InvalidInput):
        networks(["10.0.0.0/8"] * (NETWORKS_MAX + 1))


@pytest.mark.parametrize("address", ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1"])
def test_an_address_inside_is_allowed(address: str) -> None:
    check_source(["192.0.2.0/24", "2001:db8::/32"], address)
    check_source([], address)


@pytest.mark.parametrize("address", ["192.0.3.7", "2001:db9::1", "", "unix:", "192.0.2.7:80"])
def test_an_address_outside_is_refused_with_its_own_rule(address: str) -> None:
    with pytest.raises(PermissionDenied) as refused:
        check_source(["192.0.2.0/24", "2001:db8::/32"], address)
    assert refused.value.fields[0].rule is Rule.SOURCE


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [
        ([], [], True),
        (["10.1.0.0/16"], [], True),
        ([], ["10.0.0.0/8"], False),
        (["10.1.0.0/16"], ["10.0.0.0/8"], True),
        (["10.1.0.0/16", "11.0.0.0/8"], ["10.0.0.0/8"], False),
        (["0.0.0.0/0"], ["10.0.0.0/8"], False),
        (["2001:db8:1::/48"], ["10.0.0.0/8", "2001:db8::/32"], True),
        (["::/0"], ["0.0.0.0/0"], False),
    ],
)
def test_networks_lie_within_others(inner: list[str], outer: list[str], within: bool) -> None:
    assert is_within(inner, outer) is within
