"""Translation of template.yaml by SAM into plain CloudFormation."""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.sam import cli
from tests.support.environments import SAM_TRANSLATOR, python_with

_CODE = {"CodeUri", "ContentUri"}


class Translator:
    """One translator process for many templates: starting it takes two seconds, each template a tenth of a second."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
        """Returns the template as plain CloudFormation. Code on disk becomes an object in S3, as with `sam package`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"template": _packaged(template), "parameters": parameters}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the translator ended with status {self._process.wait()}"
        answer = json.loads(line)
        assert "error" not in answer, answer
        translated: dict[str, Any] = answer["template"]
        return translated


@contextlib.contextmanager
def running_translator(*options: str) -> Iterator[Translator]:
    script = Path(__file__).with_name("sam_translator.py")
    process = subprocess.Popen(
        [python_with(SAM_TRANSLATOR), str(script), *options],
        env=cli.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Translator(process)
        finally:
            process.kill()


def _packaged(node: Any) -> Any:
    """A copy without shared parts (SAM changes its input), with GetAtts as lists and code in S3."""
    if isinstance(node, list):
        return [_packaged(item) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("Fn::GetAtt"), str):
        return {"Fn::GetAtt": node["Fn::GetAtt"].split(".", 1)}
    copy = {key: _packaged(value) for key, value in node.items()}
    on_disk = {key for key in _CODE & copy.keys() if not str(copy[key]).startswith("s3://")}
    return copy | dict.fromkeys(on_disk, "s3://code/archive.zip")
