"""CORS of the local gateway with the template's own lists."""

import pytest

from local.gateway.cors import Cors
from local.gateway.payload import Response
from local.paths import ROOT
from local.template.document import PROVISIONED, Template
from local.template.reader import read_application

APP, ADMIN = "https://app.example.com", "https://admin.example.com"


@pytest.fixture(scope="module")
def cors() -> Cors:
    parameters = {"Stage": "local", "AwsEndpoint": "http://aws.test", "CorsOrigin": f"{APP},{ADMIN}"}
    template = Template(ROOT / "template.yaml", parameters)
    for name in template.of_type(*PROVISIONED):
        template.set_attributes(name, {"Ref": name, "Arn": f"arn:{name}", "StreamArn": f"arn:{name}/stream"})
    return Cors(read_application(template).cors)


@pytest.mark.parametrize("origin", [APP, ADMIN])
def test_each_origin_of_the_list_may_call(cors: Cors, origin: str) -> None:
    answer = cors.add({"origin": origin}, Response(200, [], b""))
    assert ("access-control-allow-origin", origin) in answer.headers


@pytest.mark.parametrize("origin", ["https://evil.example", f"{APP},{ADMIN}", f"{APP}.evil.example", "null", ""])
def test_no_other_origin_may_call(cors: Cors, origin: str) -> None:
    answer = cors.add({"origin": origin}, Response(200, [], b""))
    assert "access-control-allow-origin" not in dict(answer.headers)


def test_a_preflight_with_traceparent_is_allowed(cors: Cors) -> None:
    asked = {
        "origin": APP,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization,content-type,if-match,traceparent",
    }
    answer = cors.preflight("OPTIONS", asked)
    assert answer is not None
    headers = dict(answer.headers)
    assert set(asked["access-control-request-headers"].split(",")) <= set(
        headers["access-control-allow-headers"].split(",")
    )
    assert "PATCH" in headers["access-control-allow-methods"].split(",")
