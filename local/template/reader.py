"""From the template's resources to what runs: functions, routes, authorizers, event sources, containers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.errors import TemplateError
from local.template.document import API, FUNCTION, LAYER, TASK, Template, only, required, text, understood
from local.template.specs import (
    Application,
    AuthorizerSpec,
    ContainerSpec,
    CorsSpec,
    FunctionSpec,
    RouteSpec,
    SqsSource,
    StreamSource,
)

# Declared for AWS's sake: rights, machine sizes, networks, tracing, roll-out. Nothing on one machine answers to them,
# so what they refer to need not be here either.
_ONLY_ON_AWS = (
    "Architectures",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
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
_API_ONLY_ON_AWS = (
    "AccessLogSettings",
    "DefaultRouteSettings",
    "Description",
    "DisableExecuteApiEndpoint",
    "Domain",
    "Name",
    "PropagateTags",
    "RouteSettings",
    "Tags",
)
_EVENT_ONLY_ON_AWS = ("MetricsConfig", "RouteSettings", "ScalingConfig")
# A record that is too old, or came too often, goes elsewhere on AWS; here the stream ends with the stack.
_STREAM_ONLY_ON_AWS = (
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
)
_CONTAINER_ONLY_ON_AWS = (
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
_CORS_FIELDS = {
    "AllowOrigins": "origins",
    "AllowMethods": "methods",
    "AllowHeaders": "headers",
    "ExposeHeaders": "expose",
    "MaxAge": "max_age",
    "AllowCredentials": "credentials",
}


def read_application(template: Template) -> Application:
    """Raises TemplateError when a function, event or authorizer asks for what the local stack can't do."""
    reader = _Reader(template)
    functions, events = {}, []
    for name in template.of_type(FUNCTION):
        with understood(name):
            functions[name] = reader.function(name)
            events += reader.events(name)
    return Application(
        functions=functions,
        routes=tuple(event for event in events if isinstance(event, RouteSpec)),
        sources=tuple(event for event in events if isinstance(event, SqsSource)),
        streams=tuple(event for event in events if isinstance(event, StreamSource)),
        containers=tuple(container for name in template.of_type(TASK) for container in reader.containers(name)),
        cors=reader.cors(),
    )


class _Reader:
    def __init__(self, template: Template) -> None:
        self._template = template
        self._properties = {name: template.properties(name, _ONLY_ON_AWS) for name in template.of_type(FUNCTION)}
        self._arns = {arn: name for name in self._properties for arn in self._names(name)}
        self._api, self._api_name = self._the_api()
        self._authorizers = {
            name: self._authorizer(name, body)
            for name, body in self._api.get("Auth", {}).get("Authorizers", {}).items()
        }

    def function(self, name: str) -> FunctionSpec:
        properties = self._properties[name]
        known = ("AutoPublishAlias", "CodeUri", "Environment", "Events", "Handler", "Layers", "MemorySize", "Timeout")
        only(properties, known, name)
        only(properties.get("Environment", {}), ("Variables",), f"{name}.Environment")
        arn = self._arn(name)
        return FunctionSpec(
            name=name,
            physical_name=arn.rpartition(":")[2],
            arn=arn,
            code=self._folder(required(properties, "CodeUri", name), f"{name}.CodeUri"),
            handler=required(properties, "Handler", name),
            timeout=float(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            environment=_texts(properties.get("Environment", {}).get("Variables", {})),
            layers=tuple(folder for arn in properties.get("Layers", []) for folder in self._layer(arn, name)),
        )

    def events(self, function: str) -> list[RouteSpec | SqsSource | StreamSource]:
        found: list[RouteSpec | SqsSource | StreamSource] = []
        for name, event in self._properties[function].get("Events", {}).items():
            where, settings = f"{function}.Events.{name}", event.get("Properties", {})
            if event.get("Type") == "HttpApi":
                found.append(self._route(function, settings, where))
            elif event.get("Type") == "SQS":
                found.append(_sqs_source(function, settings, where))
            elif event.get("Type") == "DynamoDB":
                found.append(_stream_source(function, settings, where))
            else:
                raise TemplateError(where, f"the local stack has no event source {event.get('Type')!r}")
        return found

    def containers(self, task: str) -> list[ContainerSpec]:
        """Of a task only its containers run here: roles, network, sizes and volumes are ECS's."""
        return [
            _container(body, f"{task}.ContainerDefinitions[{index}]")
            for index, body in enumerate(self._template.part(task, "ContainerDefinitions", _CONTAINER_ONLY_ON_AWS))
        ]

    def cors(self) -> CorsSpec | None:
        settings = self._api.get("CorsConfiguration")
        if settings is None:
            return None
        only(settings, _CORS_FIELDS, f"{self._api_name}.CorsConfiguration")
        fields: dict[str, Any] = {
            _CORS_FIELDS[name]: tuple(value) if isinstance(value, list) else value for name, value in settings.items()
        }
        return CorsSpec(**fields)

    def _the_api(self) -> tuple[dict[str, Any], str]:
        names = self._template.of_type(API)
        if len(names) > 1:
            raise TemplateError(names[1], "the local stack serves one HTTP API")
        name = names[0] if names else "ServerlessHttpApi"
        template = self._template
        properties = template.properties(name, _API_ONLY_ON_AWS) if names else template.defaults(API, _API_ONLY_ON_AWS)
        only(properties, ("Auth", "CorsConfiguration", "StageName"), name)
        only(properties.get("Auth", {}), ("Authorizers", "DefaultAuthorizer"), f"{name}.Auth")
        if properties.get("StageName", "$default") != "$default":
            raise TemplateError(f"{name}.StageName", "the local stack serves only the stage $default")
        return properties, name

    def _authorizer(self, name: str, body: Mapping[str, Any]) -> AuthorizerSpec:
        where = f"{self._api_name}.Auth.Authorizers.{name}"
        shape = {"AuthorizerPayloadFormatVersion": "2.0", "EnableSimpleResponses": True}
        only(body, ("FunctionArn", "FunctionInvokeRole", "Identity", *shape), where)
        for key, value in shape.items():
            if text(body.get(key)) != text(value):
                raise TemplateError(f"{where}.{key}", f"the local stack needs {text(value)}")
        identity = body.get("Identity", {})
        only(identity, ("Headers", "ReauthorizeEvery"), f"{where}.Identity")
        arn = required(body, "FunctionArn", where)
        if arn not in self._arns:
            raise TemplateError(f"{where}.FunctionArn", f"{arn} is no function of this template")
        headers = tuple(header.lower() for header in identity.get("Headers", []))
        return AuthorizerSpec(name, self._arns[arn], headers, int(identity.get("ReauthorizeEvery", 300)))

    def _route(self, function: str, settings: Mapping[str, Any], where: str) -> RouteSpec:
        known = ("ApiId", "Auth", "Method", "Path", "PayloadFormatVersion", "TimeoutInMillis")
        only(settings, (*known, *_EVENT_ONLY_ON_AWS), where)
        if text(settings.get("PayloadFormatVersion", "2.0")) != "2.0":
            raise TemplateError(f"{where}.PayloadFormatVersion", "the local stack speaks 2.0")
        if settings.get("ApiId", self._api_name) != self._api_name:
            raise TemplateError(f"{where}.ApiId", f"{settings['ApiId']} is no HTTP API of this template")
        return RouteSpec(
            method=settings.get("Method", "ANY").upper().replace("X-AMAZON-APIGATEWAY-ANY-METHOD", "ANY"),
            path=settings.get("Path", "$default"),
            function=function,
            authorizer=self._authorizer_of(settings, where),
            timeout=float(settings.get("TimeoutInMillis", 30_000)) / 1000,
        )

    def _authorizer_of(self, settings: Mapping[str, Any], where: str) -> AuthorizerSpec | None:
        only(settings.get("Auth", {}), ("Authorizer",), f"{where}.Auth")
        default = self._api.get("Auth", {}).get("DefaultAuthorizer", "NONE")
        name = settings.get("Auth", {}).get("Authorizer", default)
        if name != "NONE" and name not in self._authorizers:
            raise TemplateError(f"{where}.Auth.Authorizer", f"no authorizer is called {name!r}")
        return None if name == "NONE" else self._authorizers[name]

    def _arn(self, function: str) -> str:
        return self._template.attribute(function, "Arn")

    def _names(self, function: str) -> set[str]:
        """Its ARN, and that of the alias that a deployment publishes: here both run the same code."""
        arn, alias = self._arn(function), self._properties[function].get("AutoPublishAlias")
        return {arn} if alias is None else {arn, f"{arn}:{alias}"}

    def _layer(self, arn: str, function: str) -> list[Path]:
        """Where the layer's Python code is; a layer without any is made of packages, which this environment has."""
        name = arn.split(":")[-2] if arn.count(":") > 1 else arn
        if name not in self._template.of_type(LAYER):
            raise TemplateError(f"{function}.Layers", f"{arn} is no layer of this template")
        content = required(self._template.properties(name), "ContentUri", name)
        code = self._folder(content, f"{name}.ContentUri") / "python"
        return [code] if code.is_dir() else []

    def _folder(self, relative: str, where: str) -> Path:
        folder = (self._template.root / relative).resolve()
        if not folder.is_dir():
            raise TemplateError(where, f"there is no folder {relative}")
        return folder


def _container(body: Mapping[str, Any], where: str) -> ContainerSpec:
    only(body, ("Environment", "Name"), where)
    environment = {item["Name"]: item["Value"] for item in body.get("Environment", [])}
    return ContainerSpec(required(body, "Name", where), _texts(environment))


def _stream_source(function: str, settings: Mapping[str, Any], where: str) -> StreamSource:
    known = (
        *("BatchSize", "BisectBatchOnFunctionError", "FilterCriteria", "FunctionResponseTypes"),
        *("StartingPosition", "Stream"),
    )
    only(settings, (*known, *_STREAM_ONLY_ON_AWS), where)
    if settings.get("StartingPosition") != "TRIM_HORIZON":
        raise TemplateError(f"{where}.StartingPosition", "the local stack reads a stream from TRIM_HORIZON")
    criteria = settings.get("FilterCriteria", {})
    only(criteria, ("Filters",), f"{where}.FilterCriteria")
    return StreamSource(
        stream_arn=required(settings, "Stream", where),
        function=function,
        batch_size=int(settings.get("BatchSize", 100)),
        filters=tuple(_pattern(each["Pattern"], f"{where}.FilterCriteria") for each in criteria.get("Filters", [])),
        bisect=bool(settings.get("BisectBatchOnFunctionError", False)),
        report_batch_item_failures=_reports_failures(settings, where),
    )


def _pattern(written: str, where: str) -> Mapping[str, Any]:
    """Raises TemplateError for one with more than lists of texts: numbers, prefixes, exists."""
    pattern = json.loads(written)
    if not isinstance(pattern, dict) or not _is_plain(pattern):
        raise TemplateError(where, f"the local stack matches texts only, and not {written}")
    return pattern


def _is_plain(pattern: Any) -> bool:
    if isinstance(pattern, dict):
        return all(map(_is_plain, pattern.values()))
    return isinstance(pattern, list) and all(isinstance(value, str) for value in pattern)


def _reports_failures(settings: Mapping[str, Any], where: str) -> bool:
    responses = settings.get("FunctionResponseTypes", [])
    if not {*responses} <= {"ReportBatchItemFailures"}:
        raise TemplateError(f"{where}.FunctionResponseTypes", "may only be ReportBatchItemFailures")
    return bool(responses)


def _sqs_source(function: str, settings: Mapping[str, Any], where: str) -> SqsSource:
    known = ("BatchSize", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "Queue")
    only(settings, (*known, *_EVENT_ONLY_ON_AWS), where)
    return SqsSource(
        queue_arn=required(settings, "Queue", where),
        function=function,
        batch_size=int(settings.get("BatchSize", 10)),
        window=float(settings.get("MaximumBatchingWindowInSeconds", 0)),
        report_batch_item_failures=_reports_failures(settings, where),
    )


def _texts(variables: Mapping[str, Any]) -> dict[str, str]:
    return {name: text(value) for name, value in variables.items()}
