"""TLS and mutual TLS on a real socket: accepted clients, renewal without a restart, bad files, the health check."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from functions.registry.container import build_server
from functions.registry.settings import Listen
from maas.domain.errors import Unavailable
from maas.grpc_server import health_check, selfsigned
from maas.grpc_server.tls import Certificates
from maas.platform.environment import SettingsError
from maas.platform.observability import logger
from tests.fakes.repository import MemoryRepository
from tests.support.certificates import Authority, Pair
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, PEOPLE, as_signed, make_model, person


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.issue("server")


def settings(pair: Pair, client_ca: Path | str = "", port: int = 0) -> Listen:
    return Listen(
        listen=f"127.0.0.1:{port}",
        tls_cert=str(pair.certificate),
        tls_key=str(pair.key),
        tls_client_ca=str(client_ca),
    )


@asynccontextmanager
async def serving(pair: Pair, client_ca: Path | str = "") -> AsyncIterator[int]:
    """Yields the port of a registry with the certificate of `pair`."""
    certificates = Certificates(settings(pair, client_ca))
    server = build_server(
        MemoryRepository(),
        KEYS,
        as_signed,
        PEOPLE,
        listen="127.0.0.1:0",
        auth=True,
        certificates=certificates,
    )
    await server.start()
    try:
        yield server.port
    finally:
        await server.stop(grace=0)


async def ask(port: int, authority: Authority, client: Pair | None = None) -> int:
    """Returns the health status over a new connection."""
    credentials = grpc.ssl_channel_credentials(authority.roots.encode(), *(client.pem() if client else ()))
    # A separate subchannel, because gRPC shares connections within a process.
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.secure_channel(f"localhost:{port}", credentials, options=options) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
        return int(answer.status)


SERVING = int(health_pb2.HealthCheckResponse.SERVING)


async def test_functions_connect_with_a_private_ca(pair: Pair, authority: Authority) -> None:
    async with serving(pair) as port:
        registry, by = GrpcRegistry(f"localhost:{port}", KEYS, authority.roots), person()
        model = await make_model(registry, by)
        assert await registry.get_model(by, model.id) == model
        await registry.close()


@pytest.mark.parametrize("roots", ["another CA", "the public ones"])
async def test_an_untrusted_registry_is_unavailable_and_the_reason_logged(
    roots: str, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(logger, "warning", lambda message, **fields: lines.append(fields))
    trusted = Authority(tmp_path / "other").roots if roots == "another CA" else ""
    async with serving(pair) as port:
        # localhost has two addresses, and the error may name either of them, so the test uses 127.0.0.1.
        registry = GrpcRegistry(f"127.0.0.1:{port}", KEYS, trusted)
        with pytest.raises(Unavailable, match="does not answer"):
            await make_model(registry, person())
        await registry.close()
    [line] = lines
    assert line["code"] == "DEADLINE_EXCEEDED"  # the call waited, because a registry may be restarting
    assert "CERTIFICATE_VERIFY_FAILED" in line["details"]


async def test_a_certificate_for_another_host_is_refused(authority: Authority) -> None:
    async with serving(authority.issue("server", "registry.maas.internal")) as port:
        with pytest.raises(grpc.aio.AioRpcError, match="Hostname Verification Check failed"):
            await ask(port, authority)


async def test_a_plaintext_client_gets_no_answer(pair: Pair) -> None:
    async with serving(pair) as port:
        registry = GrpcRegistry(f"localhost:{port}", KEYS)
        with pytest.raises(Unavailable):
            await make_model(registry, person())
        await registry.close()


async def test_a_client_ca_admits_its_own_clients_only(pair: Pair, authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "other").issue("stranger")
    async with serving(pair, authority.certificate) as port:
        assert await ask(port, authority, authority.issue("client")) == SERVING
        for client in (None, stranger):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await ask(port, authority, client)
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_renewed_certificate_is_used_without_a_restart(
    pair: Pair, authority: Authority, tmp_path: Path
) -> None:
    newer = Authority(tmp_path / "newer")
    async with serving(pair) as port:
        assert await ask(port, authority) == SERVING
        renewed = newer.issue("server")
        shutil.copy(renewed.certificate, pair.certificate)
        # The new certificate does not match the old key yet, so the previous pair stays in use.
        assert await ask(port, authority) == SERVING
        shutil.copy(renewed.key, pair.key)
        assert await ask(port, newer) == SERVING
        with pytest.raises(grpc.aio.AioRpcError, match="CERTIFICATE_VERIFY_FAILED"):
            await ask(port, authority)
        pair.key.unlink()
        assert await ask(port, newer) == SERVING


def test_invalid_files_are_named_by_their_variable(pair: Pair, authority: Authority, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    locked = authority.issue("locked", password="secret")
    other = authority.issue("other")
    for broken, complaint in (
        (settings(Pair(garbage, pair.key)), "MAAS_REGISTRY_TLS_CERT is not a PEM certificate"),
        (settings(Pair(tmp_path / "none", pair.key)), "MAAS_REGISTRY_TLS_CERT: .*/none can't be read: No such file"),
        (settings(Pair(tmp_path, pair.key)), "MAAS_REGISTRY_TLS_CERT: .* can't be read: Is a directory"),
        (settings(Pair(pair.certificate, garbage)), "MAAS_REGISTRY_TLS_KEY is not a PEM private key"),
        (
            settings(Pair(locked.certificate, locked.key)),
            "MAAS_REGISTRY_TLS_KEY is not a PEM private key without a pass",
        ),
        (settings(Pair(pair.certificate, other.key)), "MAAS_REGISTRY_TLS_KEY is not the key of the certificate"),
        (settings(pair, garbage), "MAAS_REGISTRY_TLS_CLIENT_CA is not a PEM certificate"),
    ):
        with pytest.raises(SettingsError, match=complaint):
            Certificates(broken)


@pytest.mark.parametrize("mutual", [False, True])
async def test_the_health_check_uses_tls(mutual: bool, pair: Pair, authority: Authority) -> None:
    client_ca = authority.certificate if mutual else ""
    async with serving(pair, client_ca) as port:
        assert await asyncio.to_thread(health_check.check, settings(pair, client_ca, port)) == ""


async def test_the_health_check_accepts_wildcard_names(authority: Authority) -> None:
    pair = authority.issue("server", "*.maas.internal")
    async with serving(pair) as port:
        assert await asyncio.to_thread(health_check.check, settings(pair, port=port)) == ""


async def test_the_health_check_refuses_another_servers_certificate(pair: Pair, authority: Authority) -> None:
    async with serving(authority.issue("other")) as port:
        assert "CERTIFICATE_VERIFY_FAILED" in await asyncio.to_thread(health_check.check, settings(pair, port=port))


def test_the_health_check_reports_an_invalid_certificate(tmp_path: Path, pair: Pair) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("not a certificate")

    assert "PEM" in health_check.check(settings(Pair(garbage, pair.key)))


async def test_a_task_can_create_its_own_certificate(tmp_path: Path) -> None:
    assert selfsigned.main([str(tmp_path)]) == 0
    pair = Pair(tmp_path / "tls.crt", tmp_path / "tls.key")
    assert pair.key.stat().st_mode & 0o077 == 0
    async with serving(pair) as port:
        assert await asyncio.to_thread(health_check.check, settings(pair, port=port)) == ""
        registry = GrpcRegistry(f"localhost:{port}", KEYS, pair.certificate.read_text())
        assert (await make_model(registry, person())).name == "iris"
        await registry.close()


def test_a_missing_folder_gets_no_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert selfsigned.main([str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.startswith("selfsigned: ")
