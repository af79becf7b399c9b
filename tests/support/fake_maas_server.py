"""FakeMaas on loopback, for clients in processes of their own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.support.fake_maas import FakeMaas
from tests.support.http_servers import http_server


@contextmanager
def served(fake: FakeMaas) -> Iterator[str]:
    """Serves the fake, and yields its address. Requests are handled one after another."""
    with http_server(_handler(fake)) as fake.base:
        yield fake.base


def _handler(fake: FakeMaas) -> type[BaseHTTPRequestHandler]:
    turn = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
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
