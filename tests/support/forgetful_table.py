"""A proxy to DynamoDB on loopback that commits a transaction and loses the answer."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import httpx2

from tests.support.http_servers import http_server

_TRANSACTION = "DynamoDB_20120810.TransactWriteItems"


class ForgetfulTable:
    """A proxy to `target`. `sent` counts the transactions that clients sent, repeats included.

    `lose` is the number of further answers to transactions that are lost. They come `delay` seconds late, or never if
    it is 0. Without `tokens`, the store does not see the token by which it recognises a repeat.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.endpoint = ""
        self.lose, self.delay, self.tokens, self.sent = 0, 0.0, True, 0
        self.http = httpx2.Client(timeout=20)

    def forward(self, headers: dict[str, str], body: bytes) -> tuple[httpx2.Response, bool]:
        """The store's answer, and whether it is to be lost."""
        transaction = headers.get("X-Amz-Target") == _TRANSACTION
        if transaction and not self.tokens:
            body = json.dumps({k: v for k, v in json.loads(body).items() if k != "ClientRequestToken"}).encode()
        kept = {name: value for name, value in headers.items() if name.lower() not in {"host", "content-length"}}
        answer = self.http.post(self.target, content=body, headers=kept)
        self.sent += transaction
        lost = transaction and self.lose > 0
        self.lose -= lost
        return answer, lost


@contextmanager
def forgetful_table(target: str) -> Iterator[ForgetfulTable]:
    table = ForgetfulTable(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer, lost = table.forward(dict(self.headers.items()), body)
            if lost:
                time.sleep(table.delay)
                if not table.delay:
                    self.close_connection = True
                    return
            self.send_response(answer.status_code)
            for name in ("content-type", "x-amz-crc32", "x-amzn-requestid"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    with table.http, http_server(Handler) as table.endpoint:
        yield table
