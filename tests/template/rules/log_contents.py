"""What logs may hold: no header, query, body or token."""

import functools
import re
from collections.abc import Iterator
from typing import Any

from local.paths import ROOT
from local.template.document import TASK
from tests.template.checks import breaks, rule
from tests.template.deployment import FUNCTION, Deployment, Sources

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html has many more. Those that
# are left out hold what a caller sent (path, user agent), claims, or texts that functions and AWS build from them.
_ALLOWED = {
    "$context.requestTime",
    "$context.requestId",
    "$context.awsEndpointRequestId",  # the id of the function's call, which joins both logs
    "$context.identity.sourceIp",
    "$context.httpMethod",
    "$context.routeKey",
    "$context.status",
    "$context.responseLength",
    "$context.responseLatency",
    "$context.authorizer.sub",
    "$context.authorizer.tenant",
    "$context.authorizer.error",
    "$context.integrationStatus",
    "$context.integrationErrorMessage",
}
_EVERY_VARIABLE = re.compile(r"\$[\w.{}-]*")
# Of libraries: a name here was checked not to make the library log requests, events or answers.
_OF_LIBRARIES = {"LOG_LEVEL", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME", "ORT_DISABLE_TELEMETRY"}
_OF_THE_TEMPLATE = {"MAAS_RELEASE"}  # read by nobody: docs/decisions/0032


@functools.cache
def _read_by_code() -> set[str]:
    folders = ("layers/shared", "functions")
    code = "".join(path.read_text() for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return set(re.findall(r'"(MAAS_[A-Z0-9_]+)"', code))


@rule
def access_logs_hold_allowed_variables_only(deployment: Deployment) -> Iterator[str]:
    for stage in deployment.of_type("AWS::ApiGatewayV2::Stage"):
        text = stage.properties.get("AccessLogSettings", {}).get("Format", "")
        for variable in sorted({*_EVERY_VARIABLE.findall(text)} - _ALLOWED):
            yield f"{stage.name}: the access log holds {variable}"


@rule
def no_setting_makes_a_gateway_log_requests(deployment: Deployment) -> Iterator[str]:
    for stage in deployment.of_type("AWS::ApiGatewayV2::Stage"):
        settings = [
            stage.properties.get("DefaultRouteSettings", {}),
            *stage.properties.get("RouteSettings", {}).values(),
        ]
        if any({"DataTraceEnabled", "LoggingLevel"} & each.keys() for each in settings):
            yield f"{stage.name}: logs the bodies of requests"
    for log in deployment.of_type("AWS::EC2::FlowLog"):
        if "LogFormat" in log.properties:
            yield f"{log.name}: has fields of its own, which nobody has checked"


@rule
def every_environment_variable_is_known(deployment: Deployment) -> Iterator[str]:
    """A library's variable can make it log whole requests (POWERTOOLS_LOGGER_LOG_EVENT, GRPC_TRACE)."""
    known = _read_by_code() | _OF_LIBRARIES | _OF_THE_TEMPLATE
    for function in deployment.of_type(FUNCTION):
        for name in sorted(function.properties["Environment"]["Variables"].keys() - known):
            yield f"{function.name}: nothing of ours reads {name}"
    for task in deployment.of_type(TASK):
        for container in task.properties["ContainerDefinitions"]:
            for variable in container.get("Environment", []):
                if variable["Name"] not in known:
                    yield f"{task.name}: nothing of ours reads {variable['Name']}"


def _add_to_the_format(sources: Sources, text: str) -> None:
    settings: dict[str, Any] = sources.properties("Api")["AccessLogSettings"]
    settings["Format"] = settings["Format"].replace('{"time"', f'{{"extra":"{text}","time"')


@breaks(access_logs_hold_allowed_variables_only, "ApiApiGatewayDefaultStage")
def authorization_header_in_the_log(sources: Sources) -> None:
    _add_to_the_format(sources, "$context.requestOverride.header.authorization")


@breaks(access_logs_hold_allowed_variables_only, "ApiApiGatewayDefaultStage")
def query_in_the_log(sources: Sources) -> None:
    _add_to_the_format(sources, "$request.querystring.cursor")


@breaks(access_logs_hold_allowed_variables_only, "ApiApiGatewayDefaultStage")
def any_header_in_braces(sources: Sources) -> None:
    _add_to_the_format(sources, "${request.header.Authorization}")


@breaks(no_setting_makes_a_gateway_log_requests, "ApiApiGatewayDefaultStage")
def bodies_in_the_log(sources: Sources) -> None:
    sources.properties("Api")["DefaultRouteSettings"]["DataTraceEnabled"] = True


@breaks(no_setting_makes_a_gateway_log_requests, "FlowLog")
def more_fields_in_the_flow_log(sources: Sources) -> None:
    sources.properties("FlowLog")["LogFormat"] = "${pkt-srcaddr}"


@breaks(every_environment_variable_is_known, "AuthFunction")
def events_logged_by_powertools(sources: Sources) -> None:
    sources.properties("AuthFunction")["Environment"]["Variables"]["POWERTOOLS_LOGGER_LOG_EVENT"] = "true"


@breaks(every_environment_variable_is_known, "RegistryTask")
def calls_traced_by_grpc(sources: Sources) -> None:
    container = sources.properties("RegistryTask")["ContainerDefinitions"][1]
    container["Environment"].append({"Name": "GRPC_TRACE", "Value": "http"})
