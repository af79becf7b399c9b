"""The parts of SAM's stack that need neither Docker nor SAM."""

import json
from pathlib import Path

from local.paths import ROOT
from local.sam import config, prepare, warm_up
from local.sam.remote_function import raised
from local.template import intrinsics
from local.template.specs import AuthorizerSpec, RouteSpec

TOKEN = AuthorizerSpec("Token", "Guard", ("authorization",), 60)


def test_the_products_functions_run_in_one_image() -> None:
    images = prepare.lambda_images(intrinsics.load(ROOT / "template.yaml"))

    assert images == {("public.ecr.aws/lambda/python:3.13-x86_64", "x86_64")}


def test_a_function_may_have_a_runtime_and_an_architecture_of_its_own() -> None:
    function = {"Type": "AWS::Serverless::Function"}
    document = {
        "Globals": {"Function": {"Runtime": "python3.13"}},
        "Resources": {
            "One": function,
            "Two": function | {"Properties": {"Runtime": "python3.14", "Architectures": ["arm64"]}},
            "Table": {"Type": "AWS::DynamoDB::Table"},
        },
    }

    assert prepare.lambda_images(document) == {
        ("public.ecr.aws/lambda/python:3.13-x86_64", "x86_64"),
        ("public.ecr.aws/lambda/python:3.14-arm64", "arm64"),
    }


def test_settings_of_a_stack_are_added_to_the_projects_for_each_way_to_run_functions(tmp_path: Path) -> None:
    config.write(tmp_path / "samconfig.yaml", {"docker_network": "maas-1"})

    written = json.loads((tmp_path / "samconfig.yaml").read_text())["default"]
    assert written["local_start_api"]["parameters"] == {"warm_containers": "LAZY", "docker_network": "maas-1"}
    assert written["local_start_lambda"]["parameters"] == {"warm_containers": "LAZY", "docker_network": "maas-1"}
    assert written["local_invoke"]["parameters"]["docker_network"] == "maas-1"
    assert "docker_network" not in written["deploy"]["parameters"]


def test_functions_are_warmed_by_what_changes_nothing() -> None:
    routes = (
        RouteSpec("POST", "/open", "Open"),
        RouteSpec("GET", "/health", "Open"),
        RouteSpec("POST", "/things", "Things", TOKEN),
        RouteSpec("POST", "/register", "OnlyOpenPosts"),
    )

    chosen = {route.function: route.key for route in warm_up.one_route_each(routes)}

    assert chosen == {"Open": "GET /health", "Things": "POST /things"}


def test_an_error_of_a_function_is_told_from_an_answer_with_such_words() -> None:
    assert raised(b'{"errorMessage": "no", "errorType": "ValueError", "requestId": "1", "stackTrace": []}')
    assert not raised(b'{"statusCode": 200, "body": "errorMessage and errorType"}')
    assert not raised(b'"errorMessage"')
    assert not raised(b"not JSON")
