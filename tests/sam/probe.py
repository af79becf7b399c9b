"""Runs in Lambda's image, with nothing to import but a function and its layers: probe.py [<module that it starts>...]

Prints as JSON the processor's seconds that importing the handler took, and the files that came from layers.
"""

import importlib
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class SecretsManager(BaseHTTPRequestHandler):
    """Handlers read their secret at import: every secret is the same one here."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"Name": "probe", "SecretString": "a" * 64}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


def main() -> None:
    server = HTTPServer(("127.0.0.1", 0), SecretsManager)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["MAAS_AWS_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
    start = time.process_time()
    importlib.import_module("app")
    seconds = time.process_time() - start
    for name in sys.argv[1:]:
        importlib.import_module(name)
    files = [Path(file) for module in [*sys.modules.values()] if (file := getattr(module, "__file__", None))]
    # /layers/<number>/python/<file>
    loaded = [str(Path(*file.parts[4:])) for file in files if file.parts[1] == "layers"]
    print(json.dumps({"seconds": seconds, "loaded": sorted(loaded)}))


if __name__ == "__main__":
    main()
