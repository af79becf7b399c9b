"""The images in which SAM runs functions."""

import yaml

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


def test_each_function_has_ten_seconds_more_for_the_start_of_its_container() -> None:
    built = yaml.safe_dump(
        {
            "Globals": {"Function": {"Timeout": 29}},
            "Resources": {
                "One": {"Type": "AWS::Serverless::Function", "Properties": {"Timeout": 5, "MemorySize": 256}},
                "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Health": [{"Timeout": 5}]}},
            },
        }
    )

    changed = yaml.safe_load(prepare.with_time_to_start(built))

    assert changed["Globals"]["Function"]["Timeout"] == 39
    assert changed["Resources"]["One"]["Properties"] == {"Timeout": 15, "MemorySize": 256}
    assert changed["Resources"]["Task"]["Properties"]["Health"] == [{"Timeout": 5}]
