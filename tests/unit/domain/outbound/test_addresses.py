import ipaddress
from pathlib import Path

import pytest

from maas.domain.outbound.addresses import is_loopback, is_public

PRIVATE = (Path(__file__).parent / "private_addresses.txt").read_text().splitlines()


@pytest.mark.parametrize(
    "address", [*PRIVATE, "", "localhost", "example.com", "127.1", "0x7f.1", "2130706433", "1.1.1.1 "]
)
def test_an_address_inside_of_something_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)
    assert not is_loopback(address)


@pytest.mark.parametrize(
    "block", ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
)
def test_both_ends_of_a_private_network_are_refused(block: str) -> None:
    network = ipaddress.IPv4Network(block)
    assert not is_public(str(network[0]))
    assert not is_public(str(network[-1]))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1"])
def test_an_address_of_this_machine_is_loopback(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "0.0.0.0", "169.254.169.254", "8.8.8.8", "fe80::1", "", "localhost"])
def test_no_other_address_is_loopback(address: str) -> None:
    assert not is_loopback(address)
