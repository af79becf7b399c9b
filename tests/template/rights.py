"""Who may do what: every permission of a deployment in short words, and the reviewed table that it must equal."""

from collections.abc import Mapping
from typing import Any

import yaml

from local.aws_account import ACCOUNT, REGION
from local.paths import ROOT
from tests.template.checks import as_list
from tests.template.deployment import Deployment
from tests.template.rules.access import allowing

# A change of a right is a change of this file, which a reviewer sees alone and in plain words.
TABLE = ROOT / "tests/template/rights.yaml"
Rights = Mapping[str, Mapping[str, list[str]]]
_ENDPOINT = "AWS::EC2::VPCEndpoint"
_MANAGED = "managed policies"


def reviewed() -> Rights:
    """The table: owner, action, resources."""
    found: Rights = yaml.safe_load(TABLE.read_text())
    return found


def granted(deployment: Deployment) -> Rights:
    """Every permission of roles and resource policies. Endpoint policies grant nothing; another rule reads them."""
    found: dict[str, dict[str, set[str]]] = {}
    for statement in allowing(deployment):
        if statement.owner.type != _ENDPOINT:
            for action in statement.actions:
                names = {short_name(resource, deployment.environment) for resource in statement.resources}
                found.setdefault(statement.owner.name, {}).setdefault(action, set()).update(names)
    for role in deployment.of_type("AWS::IAM::Role"):
        for policy in as_list(role.properties.get("ManagedPolicyArns")):
            found.setdefault(role.name, {}).setdefault(_MANAGED, set()).add(str(policy).rpartition("/")[2])
    return {owner: {action: sorted(names) for action, names in actions.items()} for owner, actions in found.items()}


def short_name(resource: Any, environment: str) -> str:
    """A resource in short words: `Table`, `Bucket/models/*`, or the end of an ARN that is written as text."""
    if isinstance(resource, str):
        tail = resource.rpartition(f":{REGION}:{ACCOUNT}:")[2]
        return tail.replace(f"/{environment}/", "/<stage>/")
    value = resource.get("Ref") or resource.get("Fn::GetAtt") or resource.get("Fn::Sub")
    text = ".".join(value) if isinstance(value, list) else str(value)
    return text.replace("${", "").replace("}", "").replace(".Arn", "")
