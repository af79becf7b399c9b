"""Writes docs/openapi.json, the OpenAPI document of the whole HTTP API, and the copy that the auth function serves.

Run it as `PYTHONPATH=.:layers/shared/python python tools/openapi.py`. With `--check` it fails if a file is stale.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.paths import ROOT
from tools.openapi_document.assembly import openapi
from tools.openapi_document.sections import Undescribed

COMMAND = "PYTHONPATH=.:layers/shared/python python tools/openapi.py"
DOCUMENT = ROOT / "docs" / "openapi.json"
SERVED = ROOT / "functions" / "auth" / "openapi.json"


def files() -> dict[Path, str]:
    """The text of each file: one for people to compare, and one without white space for the network."""
    found = openapi()
    return {DOCUMENT: readable(found), SERVED: json.dumps(found, sort_keys=True, separators=(",", ":"))}


def readable(document: Mapping[str, Any]) -> str:
    """The document with sorted names, one value a line."""
    return json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    try:
        written = files()
    except Undescribed as error:
        print(f"openapi: {error} (docs/contributing.md)", file=sys.stderr)
        return 1
    stale = [path for path, text in written.items() if not path.exists() or path.read_text() != text]
    if arguments == ["--check"]:
        for path in stale:
            print(f"openapi: {path.relative_to(ROOT)} is stale, run: {COMMAND}", file=sys.stderr)
        return bool(stale)
    for path in stale:
        path.write_text(written[path])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
