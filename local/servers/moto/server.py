"""The HTTP server: moto's applications, locked, saved, and stopped so that calls under way are answered."""

import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from local.console import say
from local.servers.moto.calls import Call, Environ
from local.servers.moto.locks import lock_of, stop_waiting
from local.servers.moto.s3_requests import as_in_s3
from local.servers.moto.state import State

_FINISH = 4.0  # seconds for calls under way at a stop; the stack kills the server after 5

Respond = Callable[..., Any]
Application = Callable[[Environ, Respond], Iterable[bytes]]


class UnderWay:
    """The number of calls under way."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def begin(self) -> None:
        """Counts a call."""
        with self._changed:
            self._count += 1

    def end(self) -> None:
        """Counts a call no longer."""
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Waits until there is none, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: not self._count, seconds)


class Service:
    """One of moto's applications. A call that changed something is answered after it is saved."""

    def __init__(self, application: Application, name: str, state: State | None, under_way: UnderWay) -> None:
        self._application = application
        self._name = name
        self._state = state
        self._under_way = under_way

    def __call__(self, environ: Environ, respond: Respond) -> Iterable[bytes]:
        self._under_way.begin()
        try:
            call = Call.of(self._name, environ)
            with lock_of(self._name):
                answer = self._answer(call, environ, respond)
        except BaseException:
            self._under_way.end()
            raise
        return ClosingIterator(answer, self._under_way.end)  # it ends when the answer has been sent

    def _answer(self, call: Call, environ: Environ, respond: Respond) -> Iterable[bytes]:
        state = self._state
        if state is None or not call.changes:
            return self._application(environ, respond)
        if call.needs_room and not state.has_room(2 * call.size):
            return _refuse(call, respond)
        answer = self._application(environ, respond)
        try:
            state.save(call)
        except (sqlite3.Error, OSError) as error:
            say(f"{call.service} {call.action or call.method} is not saved: {error}")
            return _refuse(call, respond)
        return answer


class Handler(MotoRequestHandler):
    """Logs errors alone: pollers of the stack send several calls a second, for as long as it runs."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs an answer that is the server's fault."""
        if str(code).startswith("5"):
            super().log_request(code, size)


def _refuse(call: Call, respond: Respond) -> Iterable[bytes]:
    """Answers 507 as MinIO does, in the form of the service."""
    code, message = "StorageFull", "The change can't be saved: the disk is full or fails."
    text = f'{{"__type": "{code}", "message": "{message}"}}'
    if call.service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    kind = "application/xml" if call.service == "s3" else "application/x-amz-json-1.0"
    body = text.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    respond("507 Insufficient Storage", headers, sys.exc_info())
    return [body]


def serve(host: str, port: int, state: State | None) -> None:
    """Serves until SIGTERM or SIGINT. Returns after the calls under way were answered."""
    under_way = UnderWay()

    def create(name: Any) -> Flask:
        application = create_backend_app(name)
        inner: Any = as_in_s3(application.wsgi_app) if name == "s3" else application.wsgi_app
        application.wsgi_app = Service(inner, name, state, under_way)  # type: ignore[method-assign, assignment]
        return application

    server = make_server(host, port, DomainDispatcherApplication(create), threaded=True, request_handler=Handler)

    def stop(_number: int, _frame: Any) -> None:
        threading.Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.serve_forever(poll_interval=0.05)
    stop_waiting()
    time.sleep(0.05)  # for connections that are accepted but not yet counted
    under_way.wait(_FINISH)
