"""The project's samconfig.toml, and in it what only a running stack knows: for our `sam local`, and for yours."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.paths import ROOT

# Who runs functions: the first for a person beside the stack, the others are the stack's own.
_SECTIONS = ("local_invoke", "local_start_api", "local_start_lambda")


def write(file: Path, settings: Mapping[str, Any]) -> None:
    """`file` ends with .yaml, which SAM reads too; `settings` are added to all that is said of `sam local`."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    for name in _SECTIONS:
        section = config["default"].setdefault(name, {}).setdefault("parameters", {})
        section.update(settings)
    file.write_text(json.dumps(config, indent=2))  # JSON is YAML
