"""One wrong line of an operator or a reviewer who was tired: for each, some rule finds a fault in production.

The changes beside each rule show that the rule can fail. These were written without looking at the rules.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.template.all_rules import RULES
from tests.template.checks import Break
from tests.template.deployment import ROOT_TEMPLATE, Deployment, Sources

_GONE = object()
_READ_BOTH = [
    {
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": [{"Ref": "TokenSecret"}, {"Ref": "ServiceSecret"}],
    }
]
_FUNCTIONS = ("Authorizer", "Auth", "Models", "Uploads", "Inference", "Validator", "Relay", "Remover")
_R, _F = "Resources", "Properties"


def _allow(action: str, *resources: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": list(resources)}]}


def _arn(name: str) -> dict[str, str]:
    return {"Fn::GetAtt": f"{name}.Arn"}


# Template, path to the value, new value. A path that ends with `+` appends to a list.
_ROOT: list[tuple[str, Any]] = [
    *((f"{_R}/{name}Function/{_F}/Policies/+", {"Statement": _READ_BOTH}) for name in _FUNCTIONS),
    *((f"{_R}/{name}Function/{_F}/Timeout", 31) for name in ("Authorizer", "Auth", "Models", "Uploads", "Inference")),
    (f"{_R}/ModelsFunction/{_F}/Policies/+", _allow("dynamodb:GetItem", _arn("RegistryTable"))),
    (f"{_R}/InferenceFunction/{_F}/Policies/+", _allow("s3:PutObject", {"Fn::Sub": "${ArtifactsBucket.Arn}/models/*"})),
    (f"{_R}/InferenceFunction/{_F}/Policies/1/Statement/0/Resource", {"Fn::Sub": "${ArtifactsBucket.Arn}/*"}),
    (f"{_R}/ModelsFunction/{_F}/Policies/1/Statement/0/Resource", {"Fn::Sub": "${ArtifactsBucket.Arn}/models/*"}),
    (f"{_R}/UploadsFunction/{_F}/Policies/+", _allow("sqs:PurgeQueue", _arn("ValidationQueue"))),
    (f"{_R}/ModelsFunction/{_F}/Policies/+", _allow("s3:DeleteObject", _arn("ArtifactsBucket"))),
    (f"{_R}/RemoverFunction/{_F}/Events/Unused/{_F}/ScalingConfig", _GONE),
    (f"{_R}/RemovalQueue/{_F}/RedrivePolicy", _GONE),
    (f"{_R}/ValidatorFunction/{_F}/Policies/+", _allow("sqs:SendMessage", _arn("ValidationDeadLetters"))),
    (f"{_R}/AuthFunction/{_F}/Policies/+", _allow("dynamodb:Scan", _arn("IdentityTable"))),
    (f"{_R}/AuthFunction/{_F}/Policies/1/Statement/0/Resource/+", _arn("RegistryTable")),
    (
        f"{_R}/RelayFunction/{_F}/Policies/+",
        _allow("s3:DeleteObject", {"Fn::Sub": "${ArtifactsBucket.Arn}/aws/lambda/*"}),
    ),
    (f"{_R}/RotatorFunction/{_F}/Policies/+", _allow("secretsmanager:DeleteSecret", {"Ref": "TokenSecret"})),
    (f"{_R}/AuthorizerFunction/{_F}/Policies/+", "AmazonDynamoDBReadOnlyAccess"),
    (f"{_R}/RegistryRole/{_F}/Policies/0/PolicyDocument/Statement/3/Resource/+", _arn("IdentityTable")),
    (
        f"{_R}/Api/{_F}/AccessLogSettings/Format",
        '{"requestId":"$context.requestId","t":"$request.header.authorization"}',
    ),
    (f"{_R}/Api/{_F}/AccessLogSettings/Format", "$context.requestId $context.path"),
    (f"{_R}/Api/{_F}/AccessLogSettings", _GONE),
    (f"{_R}/Api/{_F}/DefaultRouteSettings/ThrottlingRateLimit", 0),
    (f"{_R}/Api/{_F}/Auth/Authorizers/TokenAuthorizer/Identity/Headers", ["X-Api-Key"]),
    (f"{_R}/Api/{_F}/Auth/Authorizers/TokenAuthorizer/Identity/ReauthorizeEvery", 3600),
    (f"{_R}/UploadsFunction/{_F}/Events/Download/{_F}/Auth", {"Authorizer": "NONE"}),
    (f"{_R}/ModelsFunction/{_F}/FunctionUrlConfig", {"AuthType": "NONE"}),
    (f"{_R}/ModelsFunction/{_F}/AutoPublishCodeSha256", "v2"),
    (f"{_R}/ModelsFunction/{_F}/AutoPublishAlias", "next"),
    (f"{_R}/ModelsFunction/{_F}/Environment/Variables/POWERTOOLS_DEV", "true"),
    (f"{_R}/InferenceFunction/{_F}/MemorySize", 4096),
    (f"{_R}/InferenceFunction/{_F}/EphemeralStorage", _GONE),
    (f"{_R}/ValidatorFunction/{_F}/Timeout", 900),
    (f"{_R}/ValidatorFunction/{_F}/Timeout", 45),
    (f"{_R}/ValidatorFunction/{_F}/MemorySize", 1024),
    (f"{_R}/ValidatorFunction/{_F}/Events/Finished/{_F}/ScalingConfig", _GONE),
    (f"{_R}/ValidationQueue/{_F}/VisibilityTimeout", 30),
    (f"{_R}/ValidationQueue/{_F}/RedrivePolicy/maxReceiveCount", 100),
    (f"{_R}/ValidationQueue/{_F}/MessageRetentionPeriod", 600),
    (f"{_R}/ValidationDeadLetters/{_F}/MessageRetentionPeriod", 86_400),
    (f"{_R}/QueuePolicy/{_F}/PolicyDocument/Statement/0/Effect", "Allow"),
    (f"{_R}/RegistryTable/DeletionPolicy", "Delete"),
    (f"{_R}/RegistryTable/{_F}/PointInTimeRecoverySpecification", _GONE),
    (f"{_R}/RegistryTable/{_F}/TimeToLiveSpecification/Enabled", False),
    (f"{_R}/RegistryTable/{_F}/StreamSpecification/StreamViewType", "KEYS_ONLY"),
    (f"{_R}/IdentityTable/{_F}/DeletionProtectionEnabled", False),
    (f"{_R}/ArtifactsBucket/{_F}/PublicAccessBlockConfiguration/BlockPublicPolicy", False),
    (f"{_R}/ArtifactsBucket/{_F}/VersioningConfiguration/Status", "Suspended"),
    (f"{_R}/ArtifactsBucket/{_F}/LifecycleConfiguration/Rules/0/AbortIncompleteMultipartUpload/DaysAfterInitiation", 1),
    (f"{_R}/ArtifactsBucket/{_F}/LifecycleConfiguration/Rules/1/ExpirationInDays", 30),
    (f"{_R}/TokenSecret/{_F}/GenerateSecretString", _GONE),
    (f"{_R}/TokenRotation", _GONE),
    (f"{_R}/RegistryTask/{_F}/ContainerDefinitions/1/StopTimeout", 15),
    (f"{_R}/RegistryTask/{_F}/ContainerDefinitions/1/ReadonlyRootFilesystem", False),
    (f"{_R}/RegistryTask/{_F}/Memory", "768"),
    (f"{_R}/RegistryTask/{_F}/TaskRoleArn", _arn("RegistryExecutionRole")),
    (f"{_R}/Registry/{_F}/Parameters/MinTasks", 1),
    ("Globals/Function/Timeout", 60),
    ("Globals/Function/Environment/Variables/MAAS_RELEASE", {"Ref": "Stage"}),
    ("Globals/Function/Runtime", "python3.9"),
    ("Parameters/RegistryTls/Default", "off"),
    ("Rules/InProduction", _GONE),
]
_NESTED: list[tuple[str, str, Any]] = [
    ("infra/network.yaml", f"{_R}/DynamoDbEndpoint/{_F}/PolicyDocument/Statement/0/Action", ["dynamodb:GetItem"]),
    ("infra/network.yaml", f"{_R}/S3Endpoint/{_F}/PolicyDocument/Statement/0/Action", ["s3:GetObject"]),
    ("infra/network.yaml", f"{_R}/FlowLog", _GONE),
    ("infra/registry.yaml", f"{_R}/LoadBalancer/{_F}/Scheme", "internet-facing"),
    ("infra/registry.yaml", f"{_R}/LoadBalancer/{_F}/LoadBalancerAttributes/3/Value", "15"),
    ("infra/registry.yaml", f"{_R}/Targets/{_F}/TargetGroupAttributes/0/Value", "1"),
    ("infra/registry.yaml", f"{_R}/Service/{_F}/DeploymentConfiguration/MinimumHealthyPercent", 0),
    ("infra/registry.yaml", f"{_R}/FailedCalls/{_F}/AlarmActions", _GONE),
    ("infra/logs.yaml", f"{_R}/ApiLogs/{_F}/RetentionInDays", _GONE),
    ("infra/cache.yaml", f"{_R}/Cache/{_F}/TransitEncryptionEnabled", False),
]
_MUTANTS = [(ROOT_TEMPLATE, path, value) for path, value in _ROOT] + _NESTED


def _changed(sources: Sources, template: str, path: str, value: Any) -> None:
    *parents, last = path.split("/")
    node: Any = sources.documents[template]
    for part in parents:
        node = node[int(part) if isinstance(node, list) else part]
    if last == "+":
        node.append(copy.deepcopy(value))
    elif value is _GONE:
        del node[last]
    else:
        node[int(last) if isinstance(node, list) else last] = copy.deepcopy(value)


def _findings(deployment: Deployment) -> set[str]:
    return {f"{rule.__name__} {finding}" for rule in RULES for finding in rule(deployment)}


@pytest.fixture(scope="module")
def unchanged(deployments: Mapping[str, Deployment]) -> set[str]:
    """The findings in the templates as they are, which must not count as the mutant's."""
    return _findings(deployments["prod"])


@pytest.mark.parametrize(
    ("template", "path", "value"), _MUTANTS, ids=[f"{path}-{n}" for n, (_, path, _) in enumerate(_MUTANTS)]
)
def test_a_wrong_line_is_found(
    template: str, path: str, value: Any, broken: Callable[[Break], Deployment], unchanged: set[str]
) -> None:
    found = broken(lambda sources: _changed(sources, template, path, value))
    assert _findings(found) - unchanged
