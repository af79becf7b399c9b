"""Functions, routes, event sources and containers as read from a template."""

from pathlib import Path

import pytest

from local.errors import TemplateError
from local.paths import ROOT
from local.template.document import PROVISIONED, Template
from local.template.reader import read_application
from local.template.specs import Application, Schedule
from tests.unit.local.template.conftest import ReadTemplate

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


def test_globals_are_merged_into_functions_and_values_become_text(read_template: ReadTemplate, tmp_path: Path) -> None:
    function = read_application(read_template(FUNCTION)).functions["Hello"]

    assert (function.handler, function.timeout) == ("app.handler", 9.0)
    assert function.environment == {"A": "1", "B": "2", "C": "true"}
    assert function.code == tmp_path / "hello"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Layers: 7", r"Hello: is not of the expected shape"),
        ("MemorySize: much", r"Hello: is not of the expected shape .*'much'"),
        ("FileSystemConfigs: []", r"Hello\.FileSystemConfigs: the local stack does not support this property"),
        ("Layers: [arn:aws:lambda:us-east-1:1:layer:Other:1]", r"Hello\.Layers: .* is not a layer of this template"),
        (
            "Events: {Tick: {Type: Schedule}}",
            r"Hello\.Events\.Tick: the local stack does not support event sources of type 'Schedule'",
        ),
        (
            "Events: {New: {Type: DynamoDB, Properties: {Stream: arn, StartingPosition: LATEST}}}",
            r"Hello\.Events\.New\.StartingPosition: the local stack supports only TRIM_HORIZON",
        ),
        (
            (
                "Events: {New: {Type: DynamoDB, Properties: {Stream: arn, StartingPosition: TRIM_HORIZON,"
                ' FilterCriteria: {Filters: [{Pattern: \'{"n": [{"exists": true}]}\'}]}}}}'
            ),
            r"Hello\.Events\.New\.FilterCriteria: the local stack supports only strings and prefixes",
        ),
        (
            "Events: {New: {Type: DynamoDB, Properties: {StartingPosition: TRIM_HORIZON, TumblingWindowInSeconds: 1}}}",
            r"Hello\.Events\.New\.TumblingWindowInSeconds: the local stack does not support this property",
        ),
        (
            "Events: {Get: {Type: HttpApi, Properties: {Method: GET, Path: /, Auth: {Authorizer: Nope}}}}",
            r"Hello\.Events\.Get\.Auth\.Authorizer: there is no authorizer called 'Nope'",
        ),
    ],
)
def test_an_unsupported_setting_is_reported_with_its_place(
    read_template: ReadTemplate, line: str, problem: str
) -> None:
    with pytest.raises(TemplateError, match=problem):
        read_application(read_template(f"{FUNCTION}      {line}\n"))


def test_settings_only_for_aws_may_have_unresolved_references(read_template: ReadTemplate) -> None:
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
    application = read_application(read_template(FUNCTION + on_aws))

    [route] = application.routes
    assert route.authorizer is not None
    assert route.authorizer.function == "Hello"
    assert [container.environment for container in application.containers] == [{"A": "1"}]


def test_a_missing_code_folder_is_reported(read_template: ReadTemplate) -> None:
    with pytest.raises(TemplateError, match=r"Hello\.CodeUri: the folder gone does not exist"):
        read_application(read_template(FUNCTION.replace("CodeUri: hello", "CodeUri: gone")))


@pytest.fixture
def product() -> Application:
    template = Template(ROOT / "template.yaml", {"Stage": "local", "AwsEndpoint": "http://aws.test"})
    for name in template.of_type(*PROVISIONED):
        template.set_attributes(
            name, {"Ref": f"physical-{name}", "Arn": f"arn:{name}", "StreamArn": f"arn:{name}/stream"}
        )
    return read_application(template)


def test_only_the_named_routes_of_the_product_are_public(product: Application) -> None:
    public = {route.key for route in product.routes if route.authorizer is None}

    assert public == {
        "POST /api/v1/auth/register",
        "POST /api/v1/auth/token",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/refresh",
        "POST /api/v1/auth/logout",
        "POST /api/v1/auth/email/verification",
        "POST /api/v1/auth/email/verify",
        "POST /api/v1/auth/password/forgot",
        "POST /api/v1/auth/password/reset",
        "GET /.well-known/jwks.json",
        "$default",
        "GET /health",
        "POST /predict",
        "GET /healthz",
        "GET /readyz",
        "GET /v2",
        "GET /v2/health/live",
        "GET /v2/health/ready",
        "GET /openapi.json",
        "GET /docs",
        "HEAD /openapi.json",
        "HEAD /docs",
    }


def test_the_environment_has_the_names_of_created_resources(product: Application) -> None:
    registry, predictor = product.containers

    assert registry.environment["MAAS_REGISTRY_TABLE"] == "physical-RegistryTable"
    assert predictor.environment["MAAS_TOKEN_SECRET"] == "physical-TokenSecret"
    assert product.functions["UploadsFunction"].environment["MAAS_VALIDATION_QUEUE_URL"] == "physical-ValidationQueue"
    assert product.functions["AuthorizerFunction"].layers == (ROOT / "layers/shared/python",)


def test_each_queue_of_the_product_feeds_one_function(product: Application) -> None:
    assert {(source.queue_arn, source.function, source.batch_size) for source in product.sources} == {
        ("arn:ValidationQueue", "ValidatorFunction", 1),
        ("arn:RemovalQueue", "RemoverFunction", 1),
        ("arn:JudgeQueue", "JudgeFunction", 1),
        ("arn:SurveyQueue", "SurveyorFunction", 1),
        ("arn:ShadowQueue", "ShadowFunction", 1),
        ("arn:JobsQueue", "JobsFunction", 1),
        ("arn:LowJobsQueue", "JobsFunction", 1),
        ("arn:WebhookEventsQueue", "WebhooksFunction", 10),
        ("arn:DeliveriesQueue", "WebhooksFunction", 10),
        ("arn:AuditQueue", "AuditorFunction", 90),
    }
    assert all(source.report_batch_item_failures for source in product.sources)


def test_schedules_collect_files_judge_rollouts_and_survey_predictions(product: Application) -> None:
    assert product.schedules == (
        Schedule("Collections.collect", 86_400, "arn:RemovalQueue", '{"run": "daily"}'),
        Schedule("Judgements.look", 60, "arn:JudgeQueue", '{"look": "all"}'),
        Schedule("Surveys.survey", 300, "arn:SurveyQueue", '{"survey": "all"}'),
    )


def test_both_streams_of_the_product_feed_the_relay_with_outbox_records(product: Application) -> None:
    filters = {
        "arn:RegistryTable/stream": {"Keys": {"sk": {"S": ["EVENTS"]}}},
        "arn:IdentityTable/stream": {"Keys": {"sk": {"S": [{"prefix": "EVENT#"}]}}},
    }
    assert {stream.stream_arn: stream.function for stream in product.streams} == dict.fromkeys(filters, "RelayFunction")
    for stream in product.streams:
        assert stream.report_batch_item_failures
        assert stream.bisect
        assert [pattern["dynamodb"] for pattern in stream.filters] == [filters[stream.stream_arn]]
