"""Options that `up` refuses before other machines can reach a stack, and the names that it prints."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from local.errors import StackError
from local.public.checks import check, refuse_moto
from local.public.command import public_options
from local.public.names import Public
from tests.support.certificates import Authority, Pair


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Authority(tmp_path_factory.mktemp("ca")).issue("server")


def parsed(*arguments: str) -> Public:
    """Reads the options as `up` does. Raises UsageError with click's own message."""
    found: list[Public] = []
    command = click.command()(public_options(lambda public: found.append(public)))
    command.main(arguments, standalone_mode=False)
    return found[0]


def refused(*arguments: str, registry_auth: str = "on", sam: bool = False) -> str:
    with pytest.raises(StackError) as error:
        check(parsed(*arguments), registry_auth=registry_auth, sam=sam)
    return str(error.value)


def accepted(*arguments: str) -> Public:
    public = parsed(*arguments)
    check(public, registry_auth="on", sam=False)
    return public


def tls(pair: Pair) -> list[str]:
    return ["--tls-cert", str(pair.certificate), "--tls-key", str(pair.key)]


NAMES = ("--public-url", "https://maas.example.com", "--public-s3-url", "https://files.example.com:8443/")
PROXY = (*NAMES, "--trusted-proxy", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--host", "localhost"), "is not an IP address"),
        (("--public-url", "maas.example.com"), "is not http(s)://name"),
        (("--public-url", "https://maas.example.com/api"), "is not http(s)://name"),
        (("--public-url", "https://me:secret@maas.example.com"), "is not http(s)://name"),
        (("--public-url", "https://maas.example.com:99999"), "is not http(s)://name"),
        (("--public-s3-url", "https://a b"), "is not http(s)://name"),
        (("--trusted-proxy", "10.0.0.1/8"), "host bits"),
        (("--trusted-proxy", "everyone"), "does not appear to be an IPv4 or IPv6 network"),
        (("--tls-cert", "a.pem"), "belong together"),
        (("--tls-key", "a.pem"), "belong together"),
    ],
)
def test_a_malformed_option_is_a_usage_error(arguments: tuple[str, ...], problem: str) -> None:
    with pytest.raises(click.UsageError) as error:
        parsed(*arguments)
    assert problem in error.value.message
    assert "\n" not in error.value.message


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--host", "0.0.0.0"), "--host 0.0.0.0 would send passwords in the clear"),
        (("--host", "10.0.0.5"), "or accept that with --plain-http"),
        (("--host", "2001:db8::1"), "--host 2001:db8::1 would send passwords in the clear"),
        (("--host", "0.0.0.0", "--plain-http"), "add --public-url with the name that they use"),
        (("--host", "::", "--plain-http"), "add --public-url with the name that they use"),
        (("--public-url", "http://maas.example.com"), "would send passwords in the clear"),
        (("--public-url", "https://maas.example.com"), "needs TLS: add --tls-cert"),
        (("--public-s3-url", "https://maas.example.com"), "needs TLS: add --tls-cert"),
        (("--trusted-proxy", "127.0.0.1"), "--trusted-proxy needs --public-url and --public-s3-url"),
        (PROXY[:2] + PROXY[4:], "--trusted-proxy needs --public-url and --public-s3-url"),
    ],
)
def test_what_is_not_safe_or_can_not_work_is_refused(arguments: tuple[str, ...], problem: str) -> None:
    message = refused(*arguments)
    assert problem in message
    assert "\n" not in message


def test_a_plain_url_for_a_port_with_tls_is_refused(pair: Pair) -> None:
    assert "must begin with https" in refused(*tls(pair), "--public-url", "http://maas.example.com", "--plain-http")


def test_a_registry_without_tokens_stays_on_loopback(pair: Pair) -> None:
    for arguments in (PROXY, ("--host", "10.0.0.5", *tls(pair)), ("--host", "10.0.0.5", "--plain-http")):
        assert "--registry-auth off is for loopback alone" in refused(*arguments, registry_auth="off")
    check(parsed(*tls(pair)), registry_auth="off", sam=False)


def test_sam_is_for_this_machine_alone() -> None:
    assert refused("--host", "10.0.0.5", sam=True) == (
        "with --sam the stack is for this machine alone: leave out --host, --public-url, --tls-cert, …"
    )
    check(parsed(), registry_auth="on", sam=True)


def test_motos_s3_stays_on_loopback(pair: Pair) -> None:
    with pytest.raises(StackError, match="moto's S3 checks no signatures"):
        refuse_moto(parsed(*PROXY))
    refuse_moto(parsed(*tls(pair)))


def test_names_are_made_of_the_address_and_the_port(pair: Pair) -> None:
    here, six = accepted(), accepted("--host", "2001:db8::1", *tls(pair))
    assert (here.gateway(80), here.s3(90)) == ("http://127.0.0.1:80", "http://127.0.0.1:90")
    assert (six.gateway(80), six.s3(90)) == ("https://[2001:db8::1]:80", "https://[2001:db8::1]:90")


def test_signed_urls_have_the_gateways_name_unless_they_have_their_own(pair: Pair) -> None:
    named = accepted("--host", "0.0.0.0", *tls(pair), *NAMES[:2])
    assert (named.gateway(8443), named.s3(90)) == ("https://maas.example.com", "https://maas.example.com:90")
    assert accepted(*PROXY).s3(90) == "https://files.example.com:8443"


def test_a_proxy_on_this_machine_uses_the_ports_of_loopback() -> None:
    public = accepted(*PROXY)
    assert public.is_direct
    assert public.is_open


def test_help_lists_every_option() -> None:
    command = click.command()(public_options(lambda public: None))
    text = CliRunner().invoke(command, ["--help"]).output
    for option in ("host", "public-url", "public-s3-url", "tls-cert", "tls-key", "trusted-proxy", "plain-http"):
        assert f"--{option}" in text


def test_a_missing_file_is_named(pair: Pair, tmp_path: Path) -> None:
    gone = tmp_path / "gone.pem"
    assert refused("--tls-cert", str(gone), "--tls-key", str(pair.key)) == (
        f"{gone} can't be read: No such file or directory"
    )
