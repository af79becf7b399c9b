"""Writes samconfig.toml with the settings of a running stack added, for `sam local` of the stack and of people."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.paths import ROOT

# The commands that run functions. People use the first one next to the stack; the stack uses the others.
_SECTIONS = ("local_invoke", "local_start_api", "local_start_lambda")


def write(file: Path, settings: Mapping[str, Any]) -> None:
    """Adds `settings` to the section of each `sam local` command and writes the result to `file`.

    The name of `file` ends with .yaml, which SAM also reads.
    """
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    for name in _SECTIONS:
        section = config["default"].setdefault(name, {}).setdefault("parameters", {})
        section.update(settings)
    file.write_text(json.dumps(config, indent=2))  # JSON is YAML
