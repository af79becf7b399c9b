"""Runs SAM's transform as AWS does; it needs an environment of its own with aws-sam-translator.

Reads lines of `{"template": ..., "parameters": ...}` and prints `{"template": ...}` or `{"error": ...}` for each.

SAM copies the whole OpenAPI document four times for each route, which takes 2 s of processor time. It puts each changed
copy in the place of the document, so nothing needs them. They are made with `--copies` alone.
"""

import json
import logging
import sys
from typing import Any

from samtranslator.model.exceptions import InvalidDocumentException  # type: ignore[import-not-found, unused-ignore]
from samtranslator.open_api import open_api  # type: ignore[import-not-found, unused-ignore]
from samtranslator.translator.transform import transform  # type: ignore[import-not-found, unused-ignore]

if "--copies" not in sys.argv:
    open_api._deepcopy = lambda document: document

logging.disable()  # it warns that AWS's metrics and feature toggles are missing


class NoManagedPolicies:
    """An empty list of managed policies: SAM would request it from IAM, but the templates give whole ARNs."""

    def load(self) -> dict[str, str]:
        return {}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"template": transform(request["template"], request["parameters"], NoManagedPolicies())}
    except InvalidDocumentException as error:
        return {"error": f"{error.message} {' '.join(cause.message for cause in error.causes)}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
