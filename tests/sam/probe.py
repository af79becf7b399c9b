"""Runs in Lambda's image, where only a function and its layers can be imported: probe.py [<child module>...]

Prints as JSON the processor seconds of the handler's import, and the files that were loaded from layers. With
`--instead`, the modules are imported instead of the handler, and the secret is read once.
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
    """Returns one text for every secret, because handlers read their secrets at import."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"Name": "probe", "SecretString": "a" * 64}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Logs nothing."""


def _handler(children: list[str]) -> list[str]:
    importlib.import_module("app")
    return children


def _instead(modules: list[str]) -> list[str]:
    for name in modules:
        importlib.import_module(name)
    import boto3

    client = boto3.client("secretsmanager", endpoint_url=os.environ["MAAS_AWS_ENDPOINT"])
    client.get_secret_value(SecretId="probe")
    return []


def main() -> None:
    server = HTTPServer(("127.0.0.1", 0), SecretsManager)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["MAAS_AWS_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
    start = time.process_time()
    children = _instead(sys.argv[2:]) if sys.argv[1:2] == ["--instead"] else _handler(sys.argv[1:])
    seconds = time.process_time() - start
    for name in children:
        importlib.import_module(name)
    files = [Path(file) for module in [*sys.modules.values()] if (file := getattr(module, "__file__", None))]
    # /layers/<number>/python/<file>
    loaded = [str(Path(*file.parts[4:])) for file in files if file.parts[1] == "layers"]
    print(json.dumps({"seconds": seconds, "loaded": sorted(loaded)}))


if __name__ == "__main__":
    main()
