"""The HTTP API: who may call which route, how often, and what is kept of it."""

from collections.abc import Iterator
from typing import Any

from tests.support.api_docs import PUBLIC, operations
from tests.template.checks import breaks, rule
from tests.template.deployment import Deployment, Sources

_PUBLIC = {
    "GET /.well-known/jwks.json",
    "GET /healthz",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
}


def _paths(deployment: Deployment) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = deployment.named("Api").properties["Body"]["paths"]
    return paths


def _routes(deployment: Deployment) -> Iterator[tuple[str, dict[str, Any]]]:
    """`METHOD /path`, and what the API's definition says of it."""
    for path, methods in _paths(deployment).items():
        yield from ((f"{method.upper()} {path}", route) for method, route in methods.items())


@rule
def every_route_is_behind_the_authorizer_but_the_public_ones(deployment: Deployment) -> Iterator[str]:
    for key, route in _routes(deployment):
        if _guarded(route) == (key in _PUBLIC):
            yield f"{key}: is {'guarded' if _guarded(route) else 'public'}"


def _guarded(route: dict[str, Any]) -> bool:
    return {"TokenAuthorizer": []} in route.get("security", [])


@rule
def the_public_routes_are_those_that_the_documentation_marks(deployment: Deployment) -> Iterator[str]:
    marked = {operation.route for operation in operations() if operation.scope == PUBLIC}
    for key, route in _routes(deployment):
        if (key in marked) == _guarded(route):
            yield f"{key}: docs/api says that it is {'public' if key in marked else 'guarded'}"


@rule
def a_withdrawn_token_works_for_a_minute_at_most(deployment: Deployment) -> Iterator[str]:
    schemes = deployment.named("Api").properties["Body"]["components"]["securitySchemes"]
    for name, scheme in schemes.items():
        authorizer = scheme["x-amazon-apigateway-authorizer"]
        if int(authorizer.get("authorizerResultTtlInSeconds", 300)) > 60:
            yield f"{name}: answers are kept {authorizer.get('authorizerResultTtlInSeconds')} s"


@rule
def no_token_no_call_of_the_authorizer(deployment: Deployment) -> Iterator[str]:
    schemes = deployment.named("Api").properties["Body"]["components"]["securitySchemes"]
    for name, scheme in schemes.items():
        if scheme["x-amazon-apigateway-authorizer"].get("identitySource") != ["$request.header.Authorization"]:
            yield f"{name}: is called, and its answer kept, whatever the Authorization header says"


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
def what_is_public_and_dear_is_throttled_more(deployment: Deployment) -> Iterator[str]:
    names = ("ThrottlingRateLimit", "ThrottlingBurstLimit")
    for stage in deployment.of_type("AWS::ApiGatewayV2::Stage"):
        rest, own = stage.properties.get("DefaultRouteSettings", {}), stage.properties.get("RouteSettings", {})
        for key in (key for key in _PUBLIC if key.startswith("POST ")):
            if not all(float(own.get(key, rest).get(name, 1e9)) < float(rest.get(name, 0)) for name in names):
                yield f"{key}: may be called as often as any route"


@rule
def browsers_may_call_and_read_what_clients_need(deployment: Deployment) -> Iterator[str]:
    cors = deployment.named("Api").properties["Body"].get("x-amazon-apigateway-cors", {})
    headers = {"authorization", "content-type", "if-match", "x-request-id"} - {*cors.get("allowHeaders", [])}
    exposed = {"etag", "link", "location", "retry-after", "x-request-id"} - {*cors.get("exposeHeaders", [])}
    if headers or exposed or not cors.get("allowOrigins"):
        yield f"Api: CORS lacks {', '.join(sorted(headers | exposed)) or 'an origin'}"


def _api(sources: Sources) -> dict[str, Any]:
    return sources.properties("Api")


@breaks(every_route_is_behind_the_authorizer_but_the_public_ones, "POST /api/v1/inference")
def open_predictions(sources: Sources) -> None:
    event = sources.properties("InferenceFunction")["Events"]["Infer"]
    event["Properties"]["Auth"] = {"Authorizer": "NONE"}


@breaks(every_route_is_behind_the_authorizer_but_the_public_ones, "OPTIONS /admin")
def open_options(sources: Sources) -> None:
    properties = {"ApiId": {"Ref": "Api"}, "Method": "OPTIONS", "Path": "/admin", "Auth": {"Authorizer": "NONE"}}
    sources.properties("ModelsFunction")["Events"]["Open"] = {"Type": "HttpApi", "Properties": properties}


@breaks(every_route_is_behind_the_authorizer_but_the_public_ones, "GET /healthz")
def guarded_health(sources: Sources) -> None:
    del sources.properties("AuthFunction")["Events"]["Health"]["Properties"]["Auth"]


@breaks(the_public_routes_are_those_that_the_documentation_marks, "GET /api/v1/models")
def undocumented_public_route(sources: Sources) -> None:
    sources.properties("ModelsFunction")["Events"]["ListModels"]["Properties"]["Auth"] = {"Authorizer": "NONE"}


@breaks(a_withdrawn_token_works_for_a_minute_at_most, "TokenAuthorizer")
def five_minutes(sources: Sources) -> None:
    _api(sources)["Auth"]["Authorizers"]["TokenAuthorizer"]["Identity"]["ReauthorizeEvery"] = 61


@breaks(a_withdrawn_token_works_for_a_minute_at_most, "TokenAuthorizer")
def the_default_time(sources: Sources) -> None:
    del _api(sources)["Auth"]["Authorizers"]["TokenAuthorizer"]["Identity"]["ReauthorizeEvery"]


@breaks(no_token_no_call_of_the_authorizer, "TokenAuthorizer")
def another_header(sources: Sources) -> None:
    _api(sources)["Auth"]["Authorizers"]["TokenAuthorizer"]["Identity"]["Headers"] = ["X-Token"]


@breaks(requests_are_logged, "ApiApiGatewayDefaultStage")
def no_access_log(sources: Sources) -> None:
    del _api(sources)["AccessLogSettings"]


@breaks(requests_are_throttled, "ApiApiGatewayDefaultStage")
def no_throttling(sources: Sources) -> None:
    del _api(sources)["DefaultRouteSettings"]


@breaks(what_is_public_and_dear_is_throttled_more, "POST /api/v1/auth/login")
def passwords_at_full_speed(sources: Sources) -> None:
    del _api(sources)["RouteSettings"]["POST /api/v1/auth/login"]


@breaks(browsers_may_call_and_read_what_clients_need, "Api")
def etag_hidden_from_browsers(sources: Sources) -> None:
    sources.documents["template.yaml"]["Globals"]["HttpApi"]["CorsConfiguration"]["ExposeHeaders"].remove("etag")
