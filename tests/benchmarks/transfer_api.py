"""The API for transfers of a benchmark: the routes and services of uploads, a registry in memory, and a real store."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Self

from maas.adapters.aws.object_store import S3ObjectStore
from maas.domain.catalog.versions import Artifact, Signature, Tensor
from maas.domain.identity.principals import collector, validator
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.downloads import DownloadService
from maas.web.routes.models import models_routes
from maas.web.routes.uploads import uploads_routes
from maas.web.routes.versions import versions_routes
from tests.fakes.registry import fake_registry
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.http_gateway import event, invoke, person
from tests.support.http_servers import http_server
from tests.support.upload_services import upload_service

BUCKET = "artifacts"
_SIGNATURE = Signature((Tensor("x", "float", (-1, 4)),), (Tensor("y", "int64", (-1,)),))
_MAX_BYTES = 64 * 1024**3


class TransferApi:
    """Serves on loopback while it is entered. A completed file counts as checked at once."""

    def __init__(self, endpoint: str) -> None:
        self._registry, self._queue = fake_registry(), FakeValidationQueue()
        objects = S3ObjectStore(BUCKET, endpoint)
        self._handler = lambda_handler(
            create_app(
                models_routes(self._registry),
                versions_routes(self._registry),
                uploads_routes(
                    upload_service(self._registry, objects, self._queue, _MAX_BYTES),
                    DownloadService(self._registry, objects),
                ),
                title="transfers",
            )
        )
        # One thread, as of a function: it answers one event after another, in one event loop.
        self._loop, self._stack = asyncio.new_event_loop(), ExitStack()
        self._function = ThreadPoolExecutor(1, initializer=asyncio.set_event_loop, initargs=(self._loop,))
        self._calls: list[str] = []
        self.url = ""

    def __enter__(self) -> Self:
        self.url = self._stack.enter_context(http_server(self._requests()))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._function.shutdown()
        self._loop.close()

    def forget(self, key: str) -> None:
        """Forgets the content under a key, whose file the benchmark has removed from the store."""
        self._function.submit(self._run, self._registry.forget_files(collector(), [key])).result()

    def calls_of_last_push(self) -> list[str]:
        """The calls since the last look-up of a model."""
        begin = max(i for i, call in enumerate(self._calls) if call == "GET models")
        return self._calls[begin:]

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        return self._function.submit(self._answer, method, target, body).result()

    def _answer(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        parts = target.partition("?")[0].removeprefix("/api/v1/").split("/")
        self._calls.append(f"{method} {'/'.join(parts[::2])}")
        headers = {"content-type": "application/json"}
        reply = invoke(self._handler, event(method, target, body=body or None, headers=headers, by=person()))
        for upload_id, tenant in self._queue.sent:
            self._run(self._check(upload_id, tenant))
        self._queue.sent.clear()
        return reply.status, reply.text.encode()

    def _run(self, work: Coroutine[None, None, None]) -> None:
        self._loop.run_until_complete(work)

    async def _check(self, upload_id: str, tenant: str) -> None:
        upload = await self._registry.get_upload(person(), upload_id)
        artifact = Artifact(
            storage_key=upload.storage_key, size=upload.size, sha256=upload.sha256, signature=_SIGNATURE
        )
        await self._registry.record_validation(validator(tenant), upload_id, artifact)

    def _requests(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status, answer = api.answer(self.command, self.path, body)
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_DELETE = handle_any  # noqa: N815 - the library's names

            def log_message(self, *_: object) -> None:
                """Logs nothing."""

        return Handler
