"""SAM's transform as AWS runs it, one template a line: runs in an environment of its own, with aws-sam-translator.

Reads lines of `{"template": ..., "parameters": ...}`; answers each with `{"template": ...}` or `{"error": ...}`.
"""

import json
import logging
import sys
from typing import Any

from samtranslator.model.exceptions import InvalidDocumentException  # type: ignore[import-not-found, unused-ignore]
from samtranslator.translator.transform import transform  # type: ignore[import-not-found, unused-ignore]

logging.disable()  # it misses its maker's metrics and feature toggles


class NoManagedPolicies:
    """SAM asks IAM for the names of AWS's policies; the templates give whole ARNs."""

    def load(self) -> dict[str, str]:
        return {}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"template": transform(request["template"], request["parameters"], NoManagedPolicies())}
    except InvalidDocumentException as error:
        return {"error": f"{error.message} {' '.join(cause.message for cause in error.causes)}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
