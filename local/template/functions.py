"""Lambda functions of the template, with their layers and event declarations."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.errors import TemplateError
from local.template.checks import as_texts, reject_unknown, required
from local.template.document import FUNCTION, LAYER, Template
from local.template.specs import FunctionSpec

# Permissions, machine sizes, networks, tracing and deployment settings have no effect on one machine. They are removed
# before references are resolved, so the resources that they refer to need not exist here.
_ONLY_ON_AWS = (
    "Architectures",
    "AutoPublishAliasAllProperties",
    "DeadLetterQueue",
    "DeploymentPreference",
    "Description",
    "EphemeralStorage",
    "EventInvokeConfig",
    "KmsKeyArn",
    "LoggingConfig",
    "Policies",
    "ProvisionedConcurrencyConfig",
    "ReservedConcurrentExecutions",
    "Role",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "Tags",
    "Tracing",
    "VersionDescription",
    "VpcConfig",
)
_SUPPORTED = ("AutoPublishAlias", "CodeUri", "Environment", "Events", "Handler", "Layers", "MemorySize", "Timeout")


class Functions:
    """The template's functions by logical id."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._properties = {name: template.properties(name, _ONLY_ON_AWS) for name in template.of_type(FUNCTION)}
        self.by_arn = {arn: name for name in self._properties for arn in self._arns(name)}

    def spec(self, name: str) -> FunctionSpec:
        """The function to run. Raises TemplateError for a property that the local stack does not support."""
        properties = self._properties[name]
        reject_unknown(properties, _SUPPORTED, name)
        reject_unknown(properties.get("Environment", {}), ("Variables",), f"{name}.Environment")
        arn = self._arn(name)
        return FunctionSpec(
            name=name,
            physical_name=arn.rpartition(":")[2],
            arn=arn,
            code=self._folder(required(properties, "CodeUri", name), f"{name}.CodeUri"),
            handler=required(properties, "Handler", name),
            timeout=float(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            environment=as_texts(properties.get("Environment", {}).get("Variables", {})),
            layers=tuple(folder for arn in properties.get("Layers", []) for folder in self._layer(arn, name)),
        )

    def events(self, name: str) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
        """Place in the template, type and properties of each event declared for the function."""
        for event_name, event in self._properties[name].get("Events", {}).items():
            yield f"{name}.Events.{event_name}", event.get("Type"), event.get("Properties", {})

    def _arn(self, name: str) -> str:
        return self._template.attribute(name, "Arn")

    def _arns(self, name: str) -> set[str]:
        """The function's ARN, and the ARN of the alias that a deployment publishes. Locally both run the same code."""
        arn, alias = self._arn(name), self._properties[name].get("AutoPublishAlias")
        return {arn} if alias is None else {arn, f"{arn}:{alias}"}

    def _layer(self, arn: str, function: str) -> list[Path]:
        """The folder of the layer's Python code; empty for a layer of packages, which this environment provides."""
        name = arn.split(":")[-2] if arn.count(":") > 1 else arn
        if name not in self._template.of_type(LAYER):
            raise TemplateError(f"{function}.Layers", f"{arn} is not a layer of this template")
        content = required(self._template.properties(name), "ContentUri", name)
        code = self._folder(content, f"{name}.ContentUri") / "python"
        return [code] if code.is_dir() else []

    def _folder(self, relative: str, where: str) -> Path:
        folder = (self._template.root / relative).resolve()
        if not folder.is_dir():
            raise TemplateError(where, f"the folder {relative} does not exist")
        return folder
