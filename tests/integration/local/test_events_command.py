"""`python -m local.events` against a stack that is too busy."""

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from local.paths import ROOT
from tests.support.http_servers import http_server


def test_a_busy_stack_is_asked_again_and_then_one_line_is_printed(tmp_path: Path) -> None:
    asked: list[str] = []

    class Busy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(self.path)
            self.send_response(503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    with http_server(Busy) as url:
        ready = tmp_path / "ready.json"
        ready.write_text(json.dumps({"gateway": url, "mailbox": str(tmp_path)}))
        command = [sys.executable, "-m", "local.events", "events/inference/predict.json", "--ready-file", str(ready)]
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert len(asked) == 4
    assert found.returncode == 1
    assert found.stderr == "Error: POST /api/v1/auth/register answered 503: \n"
