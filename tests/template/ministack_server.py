"""AWS's APIs played by ministack: `python ministack_server.py TYPE[:PROPERTY]...`, run where it is installed.

CloudFormation refuses a template with a type that it does not know. Of the types named here (or of those of them that
have the property) ministack knows nothing: it writes them down and makes nothing, so that the rest can be made.
"""

import sys
from collections.abc import Callable
from typing import Any

from ministack.app import main  # type: ignore[import-not-found, unused-ignore]
from ministack.services.cloudformation.provisioners import (  # type: ignore[import-not-found, unused-ignore]
    _RESOURCE_HANDLERS,
)


def _write_down(logical_id: str, _properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
    return f"{stack}-{logical_id}", {"Arn": f"arn:aws:unmade:::{stack}-{logical_id}"}


def _forget(_physical_id: str, _properties: dict[str, Any]) -> None:
    """Nothing was made."""


def _unless(name: str, create: Callable[..., Any]) -> Callable[..., Any]:
    def choose(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        return (_write_down if name in properties else create)(logical_id, properties, stack)

    return choose


for _unknown in sys.argv[1:]:
    _type, _, _property = _unknown.replace("::", "/").partition(":")
    _known = _RESOURCE_HANDLERS.get(_type := _type.replace("/", "::"))
    if _property and _known is not None:
        _known["create"] = _unless(_property, _known["create"])
    elif _known is None:
        _RESOURCE_HANDLERS[_type] = {"create": _write_down, "delete": _forget}
    else:
        sys.exit(f"ministack makes {_type} itself by now: take it off the list")
del sys.argv[1:]
main()
