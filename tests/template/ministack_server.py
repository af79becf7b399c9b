"""Starts ministack, a stand-in for AWS: `python ministack_server.py TYPE[:PROPERTY]...`, run where it is installed.

ministack's CloudFormation refuses a template with an unknown type. For the types given here (with a property: only for
resources that have it) it records the resource and creates nothing, so that the other resources can be created.
"""

import sys
from collections.abc import Callable
from typing import Any

from ministack.app import main  # type: ignore[import-not-found, unused-ignore]
from ministack.services.cloudformation.provisioners import (  # type: ignore[import-not-found, unused-ignore]
    _RESOURCE_HANDLERS,
)


def _record(logical_id: str, _properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
    return f"{stack}-{logical_id}", {"Arn": f"arn:aws:unmade:::{stack}-{logical_id}"}


def _do_nothing(_physical_id: str, _properties: dict[str, Any]) -> None:
    """Deletes nothing, because nothing was created."""


def _record_if_has(name: str, create: Callable[..., Any]) -> Callable[..., Any]:
    def choose(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        return (_record if name in properties else create)(logical_id, properties, stack)

    return choose


for _unknown in sys.argv[1:]:
    _type, _, _property = _unknown.replace("::", "/").partition(":")
    _known = _RESOURCE_HANDLERS.get(_type := _type.replace("/", "::"))
    if _property and _known is not None:
        _known["create"] = _record_if_has(_property, _known["create"])
    elif _known is None:
        _RESOURCE_HANDLERS[_type] = {"create": _record, "delete": _do_nothing}
    else:
        sys.exit(f"ministack creates {_type} by now: remove it from the list")
del sys.argv[1:]
main()
