"""One run of `up`, from the start to the signal that ends it."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local import interrupts, report
from local.cancellation import until_signal
from local.console import say, show
from local.data.manifest import write_atomically
from local.errors import StackError
from local.paths import ROOT
from local.servers.run_context import Options
from local.stack import Stack


class Session:
    """A stack that runs until a signal ends it, or with `once` until the end of the demo."""

    def __init__(self, options: Options, demo: bool, once: bool, ready_file: Path | None, as_json: bool) -> None:
        self._options = options
        self._demo, self._once = demo or once, once
        self._ready_file = ready_file
        self._as_json = as_json
        self._is_ready = False

    async def run(self) -> int:
        """Runs until a signal, or the end of the demo with `--once`.

        Returns the exit status: 0 for a signal that ends a stack which was ready, and 130 for one before.
        """
        try:
            return await until_signal(self._run())
        except asyncio.CancelledError:
            return 0 if self._is_ready else interrupts.INTERRUPTED
        finally:
            if self._ready_file is not None:
                self._ready_file.unlink(missing_ok=True)

    async def _run(self) -> int:
        async with Stack.running(self._options) as stack:
            ready = stack.ready()
            files = [stack.context.folder.ready_file, *([self._ready_file] if self._ready_file else [])]
            _write(ready, files)
            stack.context.on_restart = lambda: _write_again(stack.ready(), files)
            for remark in ready["remarks"]:
                say(f"note: {remark}")
            status = await self._run_demo(files[0]) if self._demo else 0
            if self._once:
                return status
            self._is_ready = True
            show(json.dumps(ready) if self._as_json else report.text(ready, demo=self._demo and status == 0))
            raise StackError(await stack.context.failure)

    async def _run_demo(self, ready_file: Path) -> int:
        options = [*(["--json"] if self._as_json else []), *(["--no-lines"] if self._once else [])]
        argv = [sys.executable, "-m", "local.demo", "--ready-file", str(ready_file), *options]
        # The demo gets its own session, so that Ctrl-C reaches only the stack, which then ends the demo.
        process = await asyncio.create_subprocess_exec(*argv, cwd=ROOT, start_new_session=True)
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


def _write(ready: dict[str, Any], files: Sequence[Path]) -> None:
    for file in files:
        write_atomically(file, json.dumps(ready, indent=2))


def _write_again(ready: dict[str, Any], files: Sequence[Path]) -> None:
    """Writes the ids of new processes. On a full disk the files stay as they are."""
    try:
        _write(ready, files)
    except OSError as error:
        say(f"{files[0]} can't be written: {error.strerror}")
