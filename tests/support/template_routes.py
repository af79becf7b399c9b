"""The routes that template.yaml declares, read without the local stack's reader."""

from local.paths import ROOT
from local.template import intrinsics
from local.template.specs import RouteSpec


def declared_routes() -> list[RouteSpec]:
    """Returns every HTTP route of template.yaml but `$default`, without the name of its function."""
    resources = intrinsics.load(ROOT / "template.yaml")["Resources"].values()
    events = [event for resource in resources for event in resource.get("Properties", {}).get("Events", {}).values()]
    routes = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
    return [RouteSpec(route["Method"], route["Path"], "") for route in routes if "Path" in route]
