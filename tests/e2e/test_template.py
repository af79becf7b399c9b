"""The local stack takes its functions and routes from template.yaml only."""

import shutil
from pathlib import Path

import pytest

from tests.support.stacks import ROOT, running_stack

_FUNCTION = """
  EchoFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/echo
      Environment: { Variables: { GREETING: !Sub "${Stage} says" } }
      Events:
        Echo: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: GET, Path: "/api/v1/echo/{word}" } }
"""
_HANDLER = """
import os

def handler(event, context):
    return {"statusCode": 200, "body": f"{os.environ['GREETING']} {event['pathParameters']['word']}"}
"""


def _checkout_with_an_echo(folder: Path) -> Path:
    for name in ("functions", "layers", "local"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    template = (ROOT / "template.yaml").read_text()
    (folder / "template.yaml").write_text(template.replace("\nResources:\n", f"\nResources:\n{_FUNCTION}", 1))
    (folder / "functions/echo").mkdir()
    (folder / "functions/echo/app.py").write_text(_HANDLER)
    return folder


@pytest.mark.kinds("embedded")  # SAM CLI itself reads template.yaml
def test_a_new_route_needs_only_the_template_and_a_handler(local_kind: str, tmp_path: Path) -> None:
    checkout = _checkout_with_an_echo(tmp_path / "checkout")

    with running_stack(tmp_path, local_kind, "--s3", "moto", root=checkout) as stack:
        answer = stack.user().api.request("GET", "/api/v1/echo/hello")
        assert (answer.status_code, answer.text) == (200, "local says hello")
        assert stack.anonymous().request("GET", "/api/v1/echo/hello").status_code == 401
