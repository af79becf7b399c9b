"""The HTTP API: authorizer, throttling, access log and CORS of its routes."""

from collections.abc import Iterator
from typing import Any

from tests.support.header_uses import to_allow, to_expose
from tests.template.checks import breaks, rule
from tests.template.deployment import Deployment, Sources
from tools.api_docs import PUBLIC, operations

# What takes the requests that no route takes; it needs no credential and is no operation of the documentation.
_UNROUTED = "X-AMAZON-APIGATEWAY-ANY-METHOD $default"
_PUBLIC = {
    _UNROUTED,
    "GET /.well-known/jwks.json",
    "GET /docs",
    "HEAD /docs",
    "GET /health",
    "GET /healthz",
    "GET /openapi.json",
    "HEAD /openapi.json",
    "GET /readyz",
    "GET /v2",
    "GET /v2/health/live",
    "GET /v2/health/ready",
    "POST /api/v1/auth/email/verification",
    "POST /api/v1/auth/email/verify",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/password/forgot",
    "POST /api/v1/auth/password/reset",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/token",
    "POST /predict",
}


def _paths(deployment: Deployment) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = deployment.named("Api").properties["Body"]["paths"]
    return paths


def _routes(deployment: Deployment) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields each route as `METHOD /path` with its definition."""
    for path, methods in _paths(deployment).items():
        yield from ((f"{method.upper()} {path}", route) for method, route in methods.items())


@rule
def every_route_but_the_public_ones_has_the_authorizer(deployment: Deployment) -> Iterator[str]:
    for key, route in _routes(deployment):
        if _guarded(route) == (key in _PUBLIC):
            yield f"{key}: is {'guarded' if _guarded(route) else 'public'}"


def _guarded(route: dict[str, Any]) -> bool:
    return {"TokenAuthorizer": []} in route.get("security", [])


@rule
def public_routes_match_the_documentation(deployment: Deployment) -> Iterator[str]:
    marked = {operation.route for operation in operations() if operation.scope == PUBLIC}
    marked |= {route.replace("GET ", "HEAD ", 1) for route in marked}  # the section of GET is that of HEAD
    for key, route in _routes(deployment):
        if key != _UNROUTED and (key in marked) == _guarded(route):
            yield f"{key}: docs/api marks it as {'public' if key in marked else 'guarded'}"


@rule
def authorizer_answers_are_cached_for_a_minute_at_most(deployment: Deployment) -> Iterator[str]:
    schemes = deployment.named("Api").properties["Body"]["components"]["securitySchemes"]
    for name, scheme in schemes.items():
        authorizer = scheme["x-amazon-apigateway-authorizer"]
        if int(authorizer.get("authorizerResultTtlInSeconds", 300)) > 60:
            yield f"{name}: answers are cached for {authorizer.get('authorizerResultTtlInSeconds')} s"


@rule
def requests_without_a_token_do_not_reach_the_authorizer(deployment: Deployment) -> Iterator[str]:
    schemes = deployment.named("Api").properties["Body"]["components"]["securitySchemes"]
    for name, scheme in schemes.items():
        if scheme["x-amazon-apigateway-authorizer"].get("identitySource") != ["$request.header.Authorization"]:
            yield f"{name}: calls and cached answers do not depend on the Authorization header"


@rule
def requests_are_logged(deployment: Deployment) -> Iterator[str]:
    for stage in deployment.of_type("AWS::ApiGatewayV2::Stage"):
        settings = stage.properties.get("AccessLogSettings", {})
        if not settings.get("DestinationArn") or "$context.requestId" not in settings.get("Format", ""):
            yield f"{stage.name}: has no access log"


@rule
def requests_are_throttled(deployment: Deployment) -> Iterator[str]:
    for stage in deployment.of_type("AWS::ApiGatewayV2::Stage"):
        limits = stage.properties.get("DefaultRouteSettings", {})
        if not all(float(limits.get(name, 0)) > 0 for name in ("ThrottlingRateLimit", "ThrottlingBurstLimit")):
            yield f"{stage.name}: has no throttling"


@rule
def costly_public_routes_have_lower_limits(deployment: Deployment) -> Iterator[str]:
    names = ("ThrottlingRateLimit", "ThrottlingBurstLimit")
    for stage in deployment.of_type("AWS::ApiGatewayV2::Stage"):
        rest, own = stage.properties.get("DefaultRouteSettings", {}), stage.properties.get("RouteSettings", {})
        for key in (key for key in _PUBLIC if key.startswith("POST ") or key.endswith(("/readyz", "/ready"))):
            if not all(float(own.get(key, rest).get(name, 1e9)) < float(rest.get(name, 0)) for name in names):
                yield f"{key}: has no lower limit than other routes"


@rule
def cors_lists_are_those_of_the_code(deployment: Deployment) -> Iterator[str]:
    methods = {key.partition(" ")[0] for key, _ in _routes(deployment) if key != _UNROUTED}
    cors = deployment.named("Api").properties["Body"].get("x-amazon-apigateway-cors", {})
    for name, needed in (("allowHeaders", to_allow()), ("exposeHeaders", to_expose()), ("allowMethods", methods)):
        if different := needed ^ {*cors.get(name, [])}:
            yield f"Api: {name} of CORS lacks, or has and does not need, {', '.join(sorted(different))}"
    if not cors.get("allowOrigins"):
        yield "Api: CORS allows no origin"


@rule
def requests_without_a_route_reach_a_function(deployment: Deployment) -> Iterator[str]:
    if _UNROUTED not in dict(_routes(deployment)):
        yield "Api: has no route $default, so a wrong method is 404 and no problem"


def _api(sources: Sources) -> dict[str, Any]:
    return sources.properties("Api")


@breaks(every_route_but_the_public_ones_has_the_authorizer, "POST /api/v1/inference")
def predictions_without_authorizer(sources: Sources) -> None:
    event = sources.properties("InferenceFunction")["Events"]["Infer"]
    event["Properties"]["Auth"] = {"Authorizer": "NONE"}


@breaks(every_route_but_the_public_ones_has_the_authorizer, "OPTIONS /admin")
def options_without_authorizer(sources: Sources) -> None:
    properties = {"ApiId": {"Ref": "Api"}, "Method": "OPTIONS", "Path": "/admin", "Auth": {"Authorizer": "NONE"}}
    sources.properties("ModelsFunction")["Events"]["Open"] = {"Type": "HttpApi", "Properties": properties}


@breaks(every_route_but_the_public_ones_has_the_authorizer, "GET /healthz")
def health_check_with_authorizer(sources: Sources) -> None:
    del sources.properties("AuthFunction")["Events"]["Health"]["Properties"]["Auth"]


@breaks(public_routes_match_the_documentation, "GET /api/v1/models")
def undocumented_public_route(sources: Sources) -> None:
    sources.properties("ModelsFunction")["Events"]["ListModels"]["Properties"]["Auth"] = {"Authorizer": "NONE"}


@breaks(authorizer_answers_are_cached_for_a_minute_at_most, "TokenAuthorizer")
def sixty_one_seconds(sources: Sources) -> None:
    _api(sources)["Auth"]["Authorizers"]["TokenAuthorizer"]["Identity"]["ReauthorizeEvery"] = 61


@breaks(authorizer_answers_are_cached_for_a_minute_at_most, "TokenAuthorizer")
def default_cache_time(sources: Sources) -> None:
    del _api(sources)["Auth"]["Authorizers"]["TokenAuthorizer"]["Identity"]["ReauthorizeEvery"]


@breaks(requests_without_a_token_do_not_reach_the_authorizer, "TokenAuthorizer")
def identity_in_another_header(sources: Sources) -> None:
    _api(sources)["Auth"]["Authorizers"]["TokenAuthorizer"]["Identity"]["Headers"] = ["X-Token"]


@breaks(requests_are_logged, "ApiApiGatewayDefaultStage")
def no_access_log(sources: Sources) -> None:
    del _api(sources)["AccessLogSettings"]


@breaks(requests_are_throttled, "ApiApiGatewayDefaultStage")
def no_throttling(sources: Sources) -> None:
    del _api(sources)["DefaultRouteSettings"]


@breaks(costly_public_routes_have_lower_limits, "POST /api/v1/auth/login")
def login_without_its_own_limit(sources: Sources) -> None:
    del _api(sources)["RouteSettings"]["POST /api/v1/auth/login"]


def _cors(sources: Sources) -> dict[str, Any]:
    """The configuration that is used while samconfig.toml names no origin."""
    either = sources.documents["template.yaml"]["Globals"]["HttpApi"]["CorsConfiguration"]["Fn::If"]
    found: dict[str, Any] = either[1]
    return found


@breaks(cors_lists_are_those_of_the_code, "Api")
def etag_not_exposed(sources: Sources) -> None:
    _cors(sources)["ExposeHeaders"].remove("etag")


@breaks(cors_lists_are_those_of_the_code, "Api")
def traceparent_not_allowed(sources: Sources) -> None:
    _cors(sources)["AllowHeaders"].remove("traceparent")


@breaks(cors_lists_are_those_of_the_code, "Api")
def put_not_allowed(sources: Sources) -> None:
    _cors(sources)["AllowMethods"].remove("PUT")


@breaks(requests_without_a_route_reach_a_function, "Api")
def no_default_route(sources: Sources) -> None:
    del sources.properties("AuthFunction")["Events"]["Unrouted"]
