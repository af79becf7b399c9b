"""The template's HTTP API: routes, authorizers and CORS."""

from collections.abc import Mapping
from typing import Any

from local.errors import TemplateError
from local.template.checks import as_text, reject_unknown, required
from local.template.document import API, Template
from local.template.specs import AuthorizerSpec, CorsSpec, RouteSpec

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
_SUPPORTED = ("Auth", "CorsConfiguration", "StageName")
_EVENT_ONLY_ON_AWS = ("MetricsConfig", "RouteSettings", "ScalingConfig")
_EVENT_SUPPORTED = ("ApiId", "Auth", "Method", "Path", "PayloadFormatVersion", "TimeoutInMillis")
_AUTHORIZER_FORMAT = {"AuthorizerPayloadFormatVersion": "2.0", "EnableSimpleResponses": True}
_CORS_FIELDS = {
    "AllowOrigins": "origins",
    "AllowMethods": "methods",
    "AllowHeaders": "headers",
    "ExposeHeaders": "expose",
    "MaxAge": "max_age",
    "AllowCredentials": "credentials",
}


class HttpApi:
    """The template's only HTTP API. Without a resource of its own it is SAM's implicit `ServerlessHttpApi`."""

    def __init__(self, template: Template, function_by_arn: Mapping[str, str]) -> None:
        """Raises TemplateError for a second API, and for settings that the local stack does not support."""
        self._function_by_arn = function_by_arn
        self._name, self._properties = _properties(template)
        self._authorizers = {
            name: self._authorizer(name, body)
            for name, body in self._properties.get("Auth", {}).get("Authorizers", {}).items()
        }

    def route(self, function: str, settings: Mapping[str, Any], where: str) -> RouteSpec:
        """The route that an event of type HttpApi declares. Raises TemplateError for unsupported settings."""
        reject_unknown(settings, (*_EVENT_SUPPORTED, *_EVENT_ONLY_ON_AWS), where)
        if as_text(settings.get("PayloadFormatVersion", "2.0")) != "2.0":
            raise TemplateError(f"{where}.PayloadFormatVersion", "the local stack supports only 2.0")
        if settings.get("ApiId", self._name) != self._name:
            raise TemplateError(f"{where}.ApiId", f"{settings['ApiId']} is not an HTTP API of this template")
        return RouteSpec(
            method=settings.get("Method", "ANY").upper().replace("X-AMAZON-APIGATEWAY-ANY-METHOD", "ANY"),
            path=settings.get("Path", "$default"),
            function=function,
            authorizer=self._authorizer_of(settings, where),
            timeout=float(settings.get("TimeoutInMillis", 30_000)) / 1000,
        )

    def cors(self) -> CorsSpec | None:
        """The API's CorsConfiguration, if it has one."""
        settings = self._properties.get("CorsConfiguration")
        if settings is None:
            return None
        reject_unknown(settings, _CORS_FIELDS, f"{self._name}.CorsConfiguration")
        fields: dict[str, Any] = {
            _CORS_FIELDS[name]: tuple(value) if isinstance(value, list) else value for name, value in settings.items()
        }
        return CorsSpec(**fields)

    def _authorizer(self, name: str, body: Mapping[str, Any]) -> AuthorizerSpec:
        where = f"{self._name}.Auth.Authorizers.{name}"
        reject_unknown(body, ("FunctionArn", "FunctionInvokeRole", "Identity", *_AUTHORIZER_FORMAT), where)
        for key, value in _AUTHORIZER_FORMAT.items():
            if as_text(body.get(key)) != as_text(value):
                raise TemplateError(f"{where}.{key}", f"the local stack supports only {as_text(value)}")
        identity = body.get("Identity", {})
        reject_unknown(identity, ("Headers", "ReauthorizeEvery"), f"{where}.Identity")
        arn = required(body, "FunctionArn", where)
        if arn not in self._function_by_arn:
            raise TemplateError(f"{where}.FunctionArn", f"{arn} is not a function of this template")
        headers = tuple(header.lower() for header in identity.get("Headers", []))
        return AuthorizerSpec(name, self._function_by_arn[arn], headers, int(identity.get("ReauthorizeEvery", 300)))

    def _authorizer_of(self, settings: Mapping[str, Any], where: str) -> AuthorizerSpec | None:
        reject_unknown(settings.get("Auth", {}), ("Authorizer",), f"{where}.Auth")
        default = self._properties.get("Auth", {}).get("DefaultAuthorizer", "NONE")
        name = settings.get("Auth", {}).get("Authorizer", default)
        if name != "NONE" and name not in self._authorizers:
            raise TemplateError(f"{where}.Auth.Authorizer", f"there is no authorizer called {name!r}")
        return None if name == "NONE" else self._authorizers[name]


def _properties(template: Template) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the API."""
    names = template.of_type(API)
    if len(names) > 1:
        raise TemplateError(names[1], "the local stack supports only one HTTP API")
    name = names[0] if names else "ServerlessHttpApi"
    properties = template.properties(name, _API_ONLY_ON_AWS) if names else template.defaults(API, _API_ONLY_ON_AWS)
    reject_unknown(properties, _SUPPORTED, name)
    reject_unknown(properties.get("Auth", {}), ("Authorizers", "DefaultAuthorizer"), f"{name}.Auth")
    if properties.get("StageName", "$default") != "$default":
        raise TemplateError(f"{name}.StageName", "the local stack supports only the stage $default")
    return name, properties
