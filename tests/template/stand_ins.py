"""Local stand-ins for an AWS account, and deployments into them with SAM CLI."""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local.aws_account import CREDENTIALS
from local.paths import ROOT
from local.sam import cli
from local.servers.ports import free_port
from tests.support.environments import SAM_TRANSLATOR, python_with
from tests.support.server_processes import server

_MINISTACK = "ministack==1.5.33"
# Types (and properties) that ministack does not support and only records. No test shows that AWS accepts them.
ONLY_RECORDED = (
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudWatch::Alarm:Metrics",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::EC2::FlowLog",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::SecretsManager::RotationSchedule",
)


@dataclass(frozen=True)
class Account:
    """An account that tests deploy into and read back."""

    endpoint: str

    def client(self, service: Any) -> Any:
        return boto3.client(service, endpoint_url=self.endpoint)

    def resources(self, stack: str) -> Iterator[dict[str, Any]]:
        """Yields every resource of a stack and of its nested stacks."""
        for summary in self.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]:
            yield summary
            if summary["ResourceType"] == "AWS::CloudFormation::Stack":
                yield from self.resources(summary["PhysicalResourceId"])

    def sam(self, *arguments: str, folder: Path) -> None:
        """Runs SAM CLI against this account.

        Raises:
            AssertionError: SAM CLI failed; the message has its whole output.
        """
        done = subprocess.run(
            cli.argv(*arguments),
            cwd=folder,
            env=cli.environment() | {"AWS_ENDPOINT_URL": self.endpoint},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@contextlib.contextmanager
def ministack(folder: Path) -> Iterator[Account]:
    """Runs an account that supports most types, validates requests and can be read back. It starts no container."""
    port = free_port()
    program = [python_with(_MINISTACK, SAM_TRANSLATOR), str(Path(__file__).with_name("ministack_server.py"))]
    environment = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "STATE_DIR": str(folder)}
    with server([*program, *ONLY_RECORDED], port, "/health", **CREDENTIALS, **environment):
        yield Account(f"http://127.0.0.1:{port}")


def prerequisites(account: Account) -> Mapping[str, str]:
    """Creates the resources that docs/deploy.md requires before the first deployment, and returns their parameters."""
    certificates = account.client("acm")
    zone = account.client("route53").create_hosted_zone(Name="example.org", CallerReference="first")
    registry, predictor, domain = (
        certificates.request_certificate(DomainName=name)["CertificateArn"]
        for name in ("registry.maas.internal", "predictor.maas.internal", "api.example.org")
    )
    return {
        "RegistryCertificateArn": registry,
        "RegistryImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/maas-registry:1",
        "PredictorCertificateArn": predictor,
        "PredictorImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/maas-predictor:1",
        "DomainName": "api.example.org",
        "DomainCertificateArn": domain,
        "HostedZoneId": zone["HostedZone"]["Id"].rpartition("/")[2],
        "CorsOrigin": "https://example.org",
    }


def deploy(account: Account, stack: str, parameters: Mapping[str, str], folder: Path) -> None:
    """Runs `sam deploy` with template.yaml of the checkout."""
    empty = '""'  # SAM refuses a bare `Name=`
    overrides = [f"{name}={value or empty}" for name, value in parameters.items()]
    account.sam(
        "deploy",
        *("--template-file", str(ROOT / "template.yaml"), "--stack-name", stack, "--resolve-s3"),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--no-confirm-changeset", "--no-progressbar"),
        *("--parameter-overrides", *overrides),
        folder=folder,
    )
