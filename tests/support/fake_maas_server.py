"""FakeMaas on loopback, for clients in processes of their own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase

from tests.support.fake_maas import FakeMaas
from tests.support.http_servers import http_server

_BLOCK = 64 * 1024


@contextmanager
def served(fake: FakeMaas, arrived: Callable[[int], None] = lambda _: None) -> Iterator[str]:
    """Serves the fake, and yields its address. Requests are handled one after another.

    `arrived` is called with the number of bytes as those of parts arrive.
    """
    with http_server(_handler(fake, arrived)) as fake.base:
        yield fake.base


def _body(stream: BufferedIOBase, length: int, arrived: Callable[[int], None]) -> bytes:
    found = bytearray()
    while len(found) < length and (block := stream.read(min(_BLOCK, length - len(found)))):
        found += block
        arrived(len(block))
    return bytes(found)


def _handler(fake: FakeMaas, arrived: Callable[[int], None]) -> type[BaseHTTPRequestHandler]:
    turn = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = _body(self.rfile, length, arrived if self.command == "PUT" else lambda _: None)
            if len(body) < length:
                return  # the client was killed
            with turn:
                answer = fake.handle(self.command, f"{fake.base}{self.path}", self.headers, body)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if "content-length" not in answer.headers:
                self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

    return Handler
