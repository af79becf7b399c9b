"""A TCP server on loopback whose answer is a function of the socket, with TLS or without, for bad HTTP servers."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

Talk = Callable[[socket.socket, bytes], None]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def answers(data: bytes, seen: list[bytes], connection: socket.socket, request: bytes) -> None:
    seen.append(request)
    connection.sendall(data)


@contextlib.contextmanager
def raw_server(talk: Talk, tls: ssl.SSLContext | None = None, *, talks_first: bool = False) -> Iterator[int]:
    """Serves until the end and yields the port. `talk` gets each connection and the request's head and body.

    A client that leaves ends its thread. With `talks_first` nothing is read before `talk`, and there is no TLS.
    """
    ended = threading.Event()

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            if talks_first:
                talk(connection, b"")
                return
            plain = tls.wrap_socket(connection, server_side=True) if tls else connection
            with plain:
                talk(plain, _request(plain))

    def accept(listener: socket.socket) -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        thread = threading.Thread(target=accept, args=(listener,), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join()


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536) or _left()
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65536) or _left()
    return head + b"\r\n\r\n" + body


def _left() -> bytes:
    raise ConnectionError("the client has left")
