"""The names of lists, which cursors are bound to."""

import json
from typing import Any

from maas.domain.identity.principals import Principal


def list_of(by: Principal, *parts: Any) -> str:
    """The name of a list as this caller sees it; `parts` are everything that filters and sorts it."""
    return json.dumps([by.tenant_id, by.subject, *parts], default=str)
