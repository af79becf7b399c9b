"""Containers of the template's ECS task definitions."""

from collections.abc import Mapping
from typing import Any

from local.template.checks import as_texts, reject_unknown, required
from local.template.document import Template
from local.template.specs import ContainerSpec

_ONLY_ON_AWS = (
    "Cpu",
    "DependsOn",
    "Essential",
    "HealthCheck",
    "Image",
    "LinuxParameters",
    "LogConfiguration",
    "Memory",
    "MemoryReservation",
    "MountPoints",
    "PortMappings",
    "Privileged",
    "ReadonlyRootFilesystem",
    "StartTimeout",
    "StopTimeout",
    "Ulimits",
    "User",
    "VersionConsistency",
)


def containers_of(template: Template, task: str) -> list[ContainerSpec]:
    """The containers of a task definition. Roles, network, sizes and volumes of the task matter only on ECS."""
    return [
        _container(body, f"{task}.ContainerDefinitions[{index}]")
        for index, body in enumerate(template.list_property(task, "ContainerDefinitions", _ONLY_ON_AWS))
    ]


def _container(body: Mapping[str, Any], where: str) -> ContainerSpec:
    reject_unknown(body, ("Environment", "Name"), where)
    environment = {item["Name"]: item["Value"] for item in body.get("Environment", [])}
    return ContainerSpec(required(body, "Name", where), as_texts(environment))
