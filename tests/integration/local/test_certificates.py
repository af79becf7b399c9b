"""A certificate that is renewed while the stack runs."""

import asyncio
import os
import ssl
from pathlib import Path

import pytest

from local.public import certificates
from local.public.certificates import Pair
from tests.support.certificates import Authority


async def _presented(port: int, authority: Authority) -> bytes:
    """The certificate that a server on the port presents."""
    context = ssl.create_default_context(cafile=authority.certificate)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    found: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return found


def _replace(target: Path, source: Path) -> None:
    """Replaces the file as renewal programs do. Its time changes even within the clock's resolution."""
    later = target.stat().st_mtime_ns + 1_000_000
    os.utime(source, ns=(later, later))
    source.replace(target)


async def test_a_renewed_certificate_is_presented_and_half_a_pair_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(certificates, "_INTERVAL", 0.01)
    authority = Authority(tmp_path / "ca")
    issued, renewed = authority.issue("server"), authority.issue("renewed")
    pair = Pair(issued.certificate, issued.key)
    context = pair.context()
    renewal = asyncio.create_task(pair.keep_current(context))
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        first = await _presented(port, authority)
        _replace(pair.certificate, renewed.certificate)
        await _said(capsys, "the certificate of before stays in use")
        assert await _presented(port, authority) == first
        _replace(pair.key, renewed.key)
        await _said(capsys, f"loaded the certificate {pair.certificate} again")
        assert await _presented(port, authority) != first
    renewal.cancel()


async def _said(capsys: pytest.CaptureFixture[str], text: str) -> None:
    said = ""
    async with asyncio.timeout(10):
        while text not in said:
            await asyncio.sleep(0.01)
            said += "".join(capsys.readouterr())
