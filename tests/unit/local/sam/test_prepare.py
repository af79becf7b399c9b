"""The images in which SAM runs functions."""

from local.paths import ROOT
from local.sam import prepare
from local.template import intrinsics


def test_the_functions_of_the_product_run_in_one_image() -> None:
    images = prepare.lambda_images(intrinsics.load(ROOT / "template.yaml"))

    assert images == {("public.ecr.aws/lambda/python:3.13-x86_64", "x86_64")}


def test_a_function_may_have_its_own_runtime_and_architecture() -> None:
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
