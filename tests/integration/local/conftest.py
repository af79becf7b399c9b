"""A small application that the stack runs: these tests check the stack and not the product."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from local.limits import LIMITS
from local.servers.run_context import Options
from local.stack import Stack
from tests.support.moto_server import MotoServer

TEMPLATE = """
Parameters:
  Stage: { Type: String, Default: dev }
  RegistryAddress: { Type: String, Default: "" }
  MailSender: { Type: String, Default: "" }
  SmtpAddress: { Type: String, Default: "" }
  OutboundLoopback: { Type: String, Default: "off" }
LIMITS
  RedisUrl: { Type: String, Default: "" }
  AwsEndpoint: { Type: String, Default: "" }
  TablesEndpoint: { Type: String, Default: "" }
  S3Endpoint: { Type: String, Default: "" }
  S3PublicEndpoint: { Type: String, Default: "" }
  RegistryTls: { Type: String, Default: "on" }
  RegistryAuth: { Type: String, Default: "on" }
Globals:
  Function:
    Handler: app.handler
    Timeout: 2
    Environment: { Variables: { STAGE: !Ref Stage } }
  HttpApi:
    CorsConfiguration:
      AllowOrigins: ["https://shop.example"]
      AllowMethods: [GET, POST]
      AllowHeaders: [authorization]
      ExposeHeaders: [etag]
      MaxAge: 600
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        Authorizers:
          Token:
            FunctionArn: !GetAtt Guard.Arn
            AuthorizerPayloadFormatVersion: "2.0"
            EnableSimpleResponses: true
            Identity: { Headers: [Authorization], ReauthorizeEvery: 60 }
  Guard:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: guard }
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: echo
      Layers: [!Ref Shared]
      Environment: { Variables: { TABLE: !Ref Table, QUEUE: !Ref Queue, BUCKET: !Ref Bucket, SECRET: !Ref Secret } }
      Events:
        Health: { Type: HttpApi, Properties: { Method: GET, Path: /healthz } }
        Register: { Type: HttpApi, Properties: { Method: POST, Path: /api/v1/auth/register } }
        Echo: { Type: HttpApi, Properties: { Method: POST, Path: /echo } }
        Item: { Type: HttpApi, Properties: { Method: GET, Path: "/items/{id}" } }
        Act: { Type: HttpApi, Properties: { Method: GET, Path: "/act/{what}" } }
        Slow: { Type: HttpApi, Properties: { Method: GET, Path: "/slow/{what}", TimeoutInMillis: 100 } }
        Guarded: { Type: HttpApi, Properties: { Method: GET, Path: /guarded, Auth: { Authorizer: Token } } }
  Consumer:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: consumer
      Environment: { Variables: { TABLE: !Ref Table, ENDPOINT: !Ref TablesEndpoint } }
      Events:
        Work:
          Type: SQS
          Properties: { Queue: !GetAtt Queue.Arn, FunctionResponseTypes: [ReportBatchItemFailures] }
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: { ContentUri: shared }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 1
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2 }
  Dead:
    Type: AWS::SQS::Queue
  Bucket:
    Type: AWS::S3::Bucket
    Properties: { VersioningConfiguration: { Status: Enabled } }
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: { GenerateSecretString: { PasswordLength: 20, ExcludePunctuation: true } }
"""

ECHO = """
import json, os, time
import greeting

CALLS = 0

def handler(event, context):
    global CALLS
    CALLS += 1
    match event.get("pathParameters", {}).get("what"):
        case "boom": raise ValueError("boom")
        case "die": os._exit(3)
        case "hang": time.sleep(60)
        case "nap": time.sleep(0.3)
        case "malformed": return {"statusCode": 200, "body": {"not": "a string"}}
        case "inferred": return {"hello": "world"}
        case "teapot":
            return {"statusCode": 418, "body": "AAEC", "isBase64Encoded": True, "cookies": ["a=1", "b=2"],
                    "headers": {"Content-Type": "application/octet-stream", "Access-Control-Allow-Origin": "*"}}
    seen = {"event": event, "pid": os.getpid(), "calls": CALLS, "greeting": greeting.TEXT,
            "environment": dict(os.environ), "remaining": context.get_remaining_time_in_millis()}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(seen)}
"""

GUARD = """
import os
CALLS = 0
def handler(event, context):
    global CALLS
    CALLS += 1
    token = event["identitySource"][0]
    if token == "broken": raise ValueError("no response")
    return {"isAuthorized": token != "denied", "context": {"token": token, "calls": CALLS}}
"""

CONSUMER = """
import os, boto3
table = boto3.resource("dynamodb", endpoint_url=os.environ["ENDPOINT"]).Table(os.environ["TABLE"])
def handler(event, context):
    failed = []
    for record in event["Records"]:
        table.update_item(Key={"pk": record["body"]}, UpdateExpression="ADD deliveries :one",
                          ExpressionAttributeValues={":one": 1})
        if record["body"].startswith("bad"):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""


def write_application(folder: Path) -> Path:
    """Writes the application's files; returns the path of its template."""
    for name, code in (("echo", ECHO), ("guard", GUARD), ("consumer", CONSUMER)):
        (folder / name).mkdir()
        (folder / name / "app.py").write_text(code)
    (folder / "shared/python").mkdir(parents=True)
    (folder / "shared/python/greeting.py").write_text('TEXT = "hello from the layer"\n')
    template = folder / "template.yaml"
    limits = "\n".join(f"  {name}: {{ Type: Number, Default: 0 }}" for name in LIMITS)
    template.write_text(TEMPLATE.replace("LIMITS", limits))
    return template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_application(tmp_path_factory.mktemp("application"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(template: Path) -> AsyncIterator[Stack]:
    async with Stack.running(Options(template=template, s3="moto", tables="moto")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def api(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=stack.addresses.gateway, trust_env=False, timeout=35) as client:
        yield client


@pytest.fixture(scope="module")
def server(credentials: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoServer]:
    """One moto for all tests of a module, because each start takes seconds. Each test has names of its own."""
    found = MotoServer(tmp_path_factory.mktemp("moto") / "aws")
    found.start()
    yield found
    found.kill()
