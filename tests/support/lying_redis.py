"""A server that speaks Redis's protocol when a client connects, and then answers every command with the same bytes."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator

# The answers to what redis-py sends when it connects: HELLO 3, CLIENT SETINFO, SELECT.
_HANDSHAKE = {b"HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n", b"CLIENT": b"+OK\r\n", b"SELECT": b"+OK\r\n"}


@contextlib.contextmanager
def lying_redis(answer: bytes, *, honest_handshake: bool = True) -> Iterator[int]:
    """Yields the port of a server that answers with `answer`; an empty answer closes the connection."""

    class Liar(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while data := self.request.recv(65536):
                greetings = data.count(b"SETINFO") + data.count(b"HELLO") + data.count(b"SELECT")
                if honest_handshake and greetings:
                    first = next(answer for name, answer in _HANDSHAKE.items() if name in data)
                    self.request.sendall(first + b"+OK\r\n" * (greetings - 1))
                elif not answer:
                    return
                else:
                    self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Liar, bind_and_activate=True) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
