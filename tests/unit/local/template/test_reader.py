"""template.yaml read: references, Globals, functions, routes, and what is said about mistakes."""

from pathlib import Path
from typing import Any

import pytest

from local.errors import TemplateError
from local.paths import ROOT
from local.template.document import PROVISIONED, Template
from local.template.reader import read_application
from local.template.specs import Application

FUNCTION = """
Globals:
  Function: {Handler: app.handler, Timeout: 9, Environment: {Variables: {A: "1", B: "1"}}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello
      Environment: {Variables: {B: "2", C: true}}
"""


def read(folder: Path, text: str, **parameters: str) -> Template:
    (folder / "hello").mkdir(exist_ok=True)
    (folder / "template.yaml").write_text(text)
    return Template(folder / "template.yaml", parameters)


def value(folder: Path, expression: str, **parameters: str) -> Any:
    """One expression's value, in a template with a parameter, a condition and a table."""
    text = f"""
Parameters: {{Stage: {{Type: String, Default: dev}}}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Equals [!Ref Stage, prod]]
  IsEither: !Or [!Condition IsProd, !Condition IsDev]
  IsBoth: !And [!Condition IsProd, !Condition IsDev]
Resources:
  Table: {{Type: AWS::DynamoDB::Table}}
  Probe: {{Type: Custom::Probe, Properties: {{Value: {expression}}}}}
"""
    template = read(folder, text, **parameters)
    template.made("Table", {"Ref": "table-1", "Arn": "arn:table-1"})
    return template.properties("Probe").get("Value")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Stage", "dev"),
        ("!Ref Table", "table-1"),
        ("!GetAtt Table.Arn", "arn:table-1"),
        ("!GetAtt [Table, Arn]", "arn:table-1"),
        ('{"Fn::GetAtt": [Table, Arn]}', "arn:table-1"),
        ('!Sub "${Stage}/${Table.Arn}/${AWS::Region}/${!Kept}"', "dev/arn:table-1/us-east-1/${Kept}"),
        ('!Sub ["${X}-${Stage}", {X: !Ref Table}]', "table-1-dev"),
        ('!Join ["-", [a, !Ref Stage]]', "a-dev"),
        ('!Select [1, !Split [",", "a,b"]]', "b"),
        ("!If [IsProd, big, small]", "small"),
        ("!If [IsProd, big, !Ref AWS::NoValue]", None),
        ("!If [IsDev, small, big]", "small"),
        ("!If [IsEither, either, none]", "either"),
        ("!If [IsBoth, both, one]", "one"),
        ("[a, !If [IsProd, b, !Ref AWS::NoValue]]", ["a"]),
        ("2012-10-17", "2012-10-17"),
    ],
)
def test_expressions_have_cloudformations_value(tmp_path: Path, expression: str, expected: object) -> None:
    assert value(tmp_path, expression) == expected


def test_a_parameter_overrides_its_default(tmp_path: Path) -> None:
    assert value(tmp_path, "!If [IsProd, big, small]", Stage="prod") == "big"


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("!Base64 x", r"Probe\.Value: the local stack does not know Fn::Base64"),
        ("!Ref Tabel", r"Probe\.Value: refers to 'Tabel'"),
        ("!GetAtt Table.Size", r"Probe\.Value: the local stack knows no attribute 'Size' of Table"),
        ("!Select [7, [a]]", r"Probe\.Value: Fn::Select can't take"),
        ("!If [Nope, a, b]", r"Probe\.Value: no condition is called 'Nope'"),
        ("[ok, {deep: !Ref Nope}]", r"Probe\.Value\[1\]\.deep: refers to 'Nope'"),
    ],
)
def test_a_wrong_expression_is_named_with_its_place(tmp_path: Path, expression: str, problem: str) -> None:
    with pytest.raises(TemplateError, match=problem):
        value(tmp_path, expression)


@pytest.mark.parametrize(
    ("declared", "given", "problem"),
    [
        ("{Type: String}", {}, "Parameters.P: Default is missing"),
        ("{Type: String, Default: a, AllowedValues: [a, b]}", {"P": "c"}, "'c' is none of a, b"),
        ('{Type: String, Default: a, AllowedPattern: "[a-z]+"}', {"P": "1"}, "'1' does not match"),
        ("{Type: String, Default: a}", {"Q": "1"}, "Parameters.Q: no such parameter"),
    ],
)
def test_a_parameter_must_be_declared_and_allowed(
    tmp_path: Path, declared: str, given: dict[str, str], problem: str
) -> None:
    with pytest.raises(TemplateError, match=problem):
        read(tmp_path, f"Parameters: {{P: {declared}}}", **given)


def test_globals_are_merged_into_functions_and_values_become_text(tmp_path: Path) -> None:
    function = read_application(read(tmp_path, FUNCTION)).functions["Hello"]

    assert (function.handler, function.timeout) == ("app.handler", 9.0)
    assert function.environment == {"A": "1", "B": "2", "C": "true"}
    assert function.code == tmp_path / "hello"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Layers: 7", r"Hello: is not of the expected shape"),
        ("MemorySize: much", r"Hello: is not of the expected shape .*'much'"),
        ("FileSystemConfigs: []", r"Hello\.FileSystemConfigs: the local stack does not support this property"),
        ("Layers: [arn:aws:lambda:us-east-1:1:layer:Other:1]", r"Hello\.Layers: .* is no layer of this template"),
        ("Events: {Tick: {Type: Schedule}}", r"Hello\.Events\.Tick: the local stack has no event source 'Schedule'"),
        (
            "Events: {New: {Type: DynamoDB, Properties: {Stream: arn, StartingPosition: LATEST}}}",
            r"Hello\.Events\.New\.StartingPosition: the local stack reads a stream from TRIM_HORIZON",
        ),
        (
            (
                "Events: {New: {Type: DynamoDB, Properties: {Stream: arn, StartingPosition: TRIM_HORIZON,"
                ' FilterCriteria: {Filters: [{Pattern: \'{"n": [{"exists": true}]}\'}]}}}}'
            ),
            r"Hello\.Events\.New\.FilterCriteria: the local stack matches texts only",
        ),
        (
            "Events: {New: {Type: DynamoDB, Properties: {StartingPosition: TRIM_HORIZON, TumblingWindowInSeconds: 1}}}",
            r"Hello\.Events\.New\.TumblingWindowInSeconds: the local stack does not support this property",
        ),
        (
            "Events: {Get: {Type: HttpApi, Properties: {Method: GET, Path: /, Auth: {Authorizer: Nope}}}}",
            r"Hello\.Events\.Get\.Auth\.Authorizer: no authorizer is called 'Nope'",
        ),
    ],
)
def test_what_can_not_be_run_is_named_with_its_place(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(TemplateError, match=problem):
        read_application(read(tmp_path, f"{FUNCTION}      {line}\n"))


def test_what_only_aws_has_may_refer_to_what_is_not_run_here(tmp_path: Path) -> None:
    on_aws = """      VpcConfig: {SubnetIds: [!GetAtt Network.Outputs.Subnet]}
      AutoPublishAlias: live
      DeploymentPreference: {Type: Canary10Percent5Minutes, Alarms: [!Ref Alarm]}
      Events: {Get: {Type: HttpApi, Properties: {Path: /, Auth: {Authorizer: Token}, RouteSettings: {}}}}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      AccessLogSettings: {DestinationArn: !GetAtt Logs.Arn}
      Auth:
        Authorizers:
          Token:
            FunctionArn: !Sub "${Hello.Arn}:live"
            AuthorizerPayloadFormatVersion: "2.0"
            EnableSimpleResponses: true
  Network: {Type: AWS::Serverless::Application, Properties: {Location: network.yaml}}
  Logs: {Type: AWS::Logs::LogGroup}
  Alarm: {Type: AWS::CloudWatch::Alarm}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ExecutionRoleArn: !GetAtt Nowhere.Arn
      ContainerDefinitions:
        - {Name: registry, Environment: [{Name: A, Value: 1}], LogConfiguration: {Options: {group: !Ref Logs}}}
"""
    application = read_application(read(tmp_path, FUNCTION + on_aws))

    [route] = application.routes
    assert route.authorizer is not None
    assert route.authorizer.function == "Hello"
    assert [container.environment for container in application.containers] == [{"A": "1"}]


def test_a_missing_code_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"Hello\.CodeUri: there is no folder gone"):
        read_application(read(tmp_path, FUNCTION.replace("CodeUri: hello", "CodeUri: gone")))


def test_resources_that_nothing_runs_are_remarked(tmp_path: Path) -> None:
    template = read(tmp_path, "Resources: {Alarm: {Type: AWS::CloudWatch::Alarm}, Tick: {Type: AWS::Events::Rule}}")

    assert template.remarks() == ["Tick (AWS::Events::Rule) is not run locally"]


@pytest.fixture
def product() -> Application:
    template = Template(ROOT / "template.yaml", {"Stage": "local", "AwsEndpoint": "http://aws.test"})
    for name in template.of_type(*PROVISIONED):
        template.made(name, {"Ref": f"physical-{name}", "Arn": f"arn:{name}", "StreamArn": f"arn:{name}/stream"})
    return read_application(template)


def test_every_route_of_the_product_is_guarded_but_the_named_ones(product: Application) -> None:
    public = {route.key for route in product.routes if route.authorizer is None}

    assert public == {
        "POST /api/v1/auth/register",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/refresh",
        "POST /api/v1/auth/logout",
        "GET /.well-known/jwks.json",
        "GET /healthz",
    }


def test_the_products_environment_names_what_was_made(product: Application) -> None:
    (registry,) = product.containers

    assert registry.environment["MAAS_REGISTRY_TABLE"] == "physical-RegistryTable"
    assert product.functions["UploadsFunction"].environment["MAAS_VALIDATION_QUEUE_URL"] == "physical-ValidationQueue"
    assert product.functions["AuthorizerFunction"].layers == (ROOT / "layers/shared/python",)


def test_the_products_queue_feeds_the_validator(product: Application) -> None:
    (source,) = product.sources

    assert (source.queue_arn, source.function, source.batch_size) == ("arn:ValidationQueue", "ValidatorFunction", 5)
    assert source.report_batch_item_failures


def test_the_products_stream_feeds_the_relay_with_outboxes(product: Application) -> None:
    (stream,) = product.streams

    assert (stream.stream_arn, stream.function) == ("arn:RegistryTable/stream", "RelayFunction")
    assert stream.report_batch_item_failures
    assert stream.bisect
    assert [pattern["dynamodb"] for pattern in stream.filters] == [{"Keys": {"sk": {"S": ["EVENTS"]}}}]
