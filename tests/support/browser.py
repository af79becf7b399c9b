"""A page in headless Chromium, driven by the DevTools protocol over two pipes.

See https://chromedevtools.github.io/devtools-protocol. The libraries for it bring programs of over 100 MB of their own.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from select import select
from typing import Any

_OPTIONS = (
    *("--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1200,900"),
)
_ANSWER = 30.0  # seconds


class Page:
    """One page. `events` has all that happened in it, as DevTools reports it: (method, parameters)."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._ids = count(1)
        self._read = b""
        self._session = ""
        self.events: list[tuple[str, dict[str, Any]]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Calls a method, and returns its result. Fails if the browser refuses it."""
        number = next(self._ids)
        session = {"sessionId": self._session} if self._session else {}
        message = {"id": number, "method": method, "params": parameters, **session}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == number:
                assert "error" not in found, f"{method}: {found['error']}"
                return found["result"]

    def value(self, expression: str) -> Any:
        """The value of an expression of JavaScript. Fails if it throws."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def parameters(self, method: str) -> list[dict[str, Any]]:
        """The parameters of each event of a kind."""
        return [parameters for name, parameters in self.events if name == method]

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _ANSWER
        while b"\0" not in self._read:
            assert select([self._from], [], [], max(0.0, end - time.monotonic()))[0], "the browser does not answer"
            found = os.read(self._from, 2**20)
            assert found, "the browser has ended"
            self._read += found
        text, _, self._read = self._read.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        if "method" in message:
            self.events.append((message["method"], message["params"]))
        return message


@contextmanager
def browser_page(program: str, folder: Path) -> Iterator[Page]:
    """Runs the browser with its files in `folder`, and yields a new page."""
    (commands, to_browser), (from_browser, answers) = os.pipe(), os.pipe()
    sandbox = ["--no-sandbox"] if os.getuid() == 0 else []  # Chromium's sandbox refuses root
    # The browser reads descriptor 3 and writes to 4, which may be those of the pipes at first.
    command = ["bash", "-c", f'exec "$@" 8<&{commands} 9>&{answers} 3<&8 4>&9', "bash", program, *_OPTIONS, *sandbox]
    command.append(f"--user-data-dir={folder / 'profile'}")
    with (folder / "browser.log").open("wb") as log:
        process = subprocess.Popen(
            command, pass_fds=(commands, answers), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    os.close(commands)
    os.close(answers)
    try:
        yield Page(to_browser, from_browser)
    finally:
        os.close(to_browser)
        os.close(from_browser)
        process.terminate()
        process.wait(10)
