from pathlib import Path

import pytest

from maas.domain.errors import InvalidInput, Rule
from maas.domain.outbound.urls import URL_MAX, outbound_url

# One a line: schemes, odd spellings of addresses, names of a machine or a cloud, users, ports, other alphabets.
HOSTILE = (Path(__file__).parent / "hostile_urls.txt").read_text().splitlines()
SPACED = [
    "", " ", "https://example.com/ ", " https://example.com/", "https://example.com/a b", "https://exa mple.com/",
    "https://example.com/\r\nx-injected: 1", "https://example.com\r\n/", "https://example.com/\n", "https://example.com/\t",
    "https://example.com/\x00", "https://example.com\x00.evil.com/",
    "https://example.com/\x7f", "https://exam\u200bple.com/",
    "https://example.com/\u2028",
    f"https://example.com/{'a' * URL_MAX}", f"https://{'a.' * 130}com/", f"https://{'a' * 64}.com/",
]  # fmt: skip


@pytest.mark.parametrize("text", [*HOSTILE, *SPACED])
@pytest.mark.parametrize("field", ["url", "issuer"])
def test_a_hostile_url_is_refused_by_its_field(text: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        outbound_url(text, field)
    assert [(each.field, each.rule) for each in refused.value.fields] == [(field, Rule.URL)]


@pytest.mark.parametrize(
    ("text", "host", "target"),
    [
        ("https://example.com", "example.com", "/"),
        ("https://Example.COM:443/a/b?c=d&e=%2F~!$'()*+,;:@", "example.com", "/a/b?c=d&e=%2F~!$'()*+,;:@"),
        ("https://example.com?c=d", "example.com", "/?c=d"),
        ("https://xn--exmple-cua.com/", "xn--exmple-cua.com", "/"),
        ("https://a.xn--p1ai/", "a.xn--p1ai", "/"),
        ("https://1.2.3.4.example.com/..//x", "1.2.3.4.example.com", "/..//x"),
    ],
)
def test_a_public_url_is_taken_apart(text: str, host: str, target: str) -> None:
    url = outbound_url(text)
    assert (url.scheme, url.host, url.port, url.target, url.loopback) == ("https", host, 443, target, False)
    assert str(url) == f"https://{host}{target}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_flag_allows_this_machine_on_any_port(scheme: str, host: str) -> None:
    url = outbound_url(f"{scheme}://{host}:8080/hook", loopback=True)
    assert (url.host, url.port, url.loopback, str(url)) == (host, 8080, True, f"{scheme}://{host}:8080/hook")


@pytest.mark.parametrize("loopback", [False, True])
def test_a_refusal_names_this_machine_where_it_is_taken(loopback: bool) -> None:
    with pytest.raises(InvalidInput, match=r"such as https://example\.com/path") as refused:
        outbound_url("http://localhost.example.com:8080/", loopback=loopback)
    assert ("127.0.0.1 or [::1], any port" in str(refused.value)) == loopback


OF_THIS_MACHINE = {
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://[::1]:443/",
    "https://localhost/",
    "https://LOCALHOST/",
}


@pytest.mark.parametrize("text", [url for url in [*HOSTILE, *SPACED] if url not in OF_THIS_MACHINE])
def test_the_flag_allows_nothing_but_this_machine(text: str) -> None:
    with pytest.raises(InvalidInput):
        outbound_url(text, loopback=True)
